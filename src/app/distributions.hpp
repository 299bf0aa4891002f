// SPDX-License-Identifier: BSD-3-Clause
// Test points and charges. Every number is a hash of (seed, global index, stream), so a point does not depend on the
// rank that makes it nor on how many points there are.
#pragma once

#include <string>
#include <vector>

#include "base/types.hpp"

namespace nearfar::app {

enum class Distribution { cube, sphere, ellipsoid, plummer };

/// In the order of the enumeration.
[[nodiscard]] const std::vector<std::string>& distribution_names();

/// `name` is one of these.
[[nodiscard]] Distribution distribution_named(const std::string& name);

/// Plummer points lie within this many scale radii.
inline constexpr double plummer_cutoff = 100.0;

/// Points first .. first+count-1 as [point][3].
///   cube       uniform in the unit cube [0, 1)^3
///   sphere     uniform on the surface of the sphere of radius 1/2 about (1/2, 1/2, 1/2)
///   ellipsoid  on the surface with semi-axes 1/8, 1/8, 1/2 about (1/2, 1/2, 1/2), uniform in the angles theta (from
///   the
///              long axis) and phi of (sin theta cos phi / 8, sin theta sin phi / 8, cos theta / 2): crowded at the
///              poles
///   plummer    density (1 + r^2)^(-5/2) about the origin, cut off at plummer_cutoff
[[nodiscard]] std::vector<double> sample_points(Distribution distribution, std::uint64_t seed, GlobalIndex first,
                                                GlobalIndex count);

/// Charges of the same points as [point][component]: uniform in [-1, 1) when `with_signs`, else in [0, 1).
[[nodiscard]] std::vector<double> sample_charges(bool with_signs, std::uint64_t seed, GlobalIndex first,
                                                 GlobalIndex count, int num_components);

/// Unit normals of the same points as [point][3]: outward of sphere and ellipsoid, else of random directions.
[[nodiscard]] std::vector<double> sample_normals(Distribution distribution, std::uint64_t seed, GlobalIndex first,
                                                 GlobalIndex count);

/// Uniform in [0, 1), with 53 random bits.
[[nodiscard]] double uniform_number(std::uint64_t seed, std::uint64_t index, std::uint64_t stream) noexcept;

}
