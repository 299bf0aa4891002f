// SPDX-License-Identifier: BSD-3-Clause
// The particles that the tests of HDF5 files read.
#pragma once

#include <gtest/gtest.h>

#include "io/file_support.hpp"
#include "io/particles.hpp"

namespace nearfar::testing_support {

inline constexpr hsize_t num_points = 1000;
inline const std::string sources_name = "/particle_data/sources";
inline const std::string charges_name = "/particle_data/source_densities";
inline const std::string targets_name = "/particle_data/targets";

inline OddDataset points(hsize_t count = num_points) {
  return {.name = sources_name, .extents = {count, 3}, .values = numbers(0, static_cast<std::int64_t>(count), 3, 0)};
}

inline OddDataset charges(std::vector<hsize_t> extents = {num_points}) {
  const auto rows = static_cast<std::int64_t>(extents[0]);
  const auto columns = extents.size() > 1 ? static_cast<std::int64_t>(extents[1]) : 1;
  return {.name = charges_name, .extents = extents, .values = numbers(0, rows, columns, 7)};
}

inline void expect_points_and_charges(const Particles& particles, std::int64_t columns) {
  EXPECT_EQ(particles.num_sources, 1000);
  EXPECT_EQ(particles.num_targets, 1000);
  EXPECT_TRUE(particles.targets_are_sources);
  EXPECT_EQ(particles.sources, numbers(0, 1000, 3, 0));
  EXPECT_EQ(particles.charges, numbers(0, 1000, columns, 7));
  EXPECT_TRUE(particles.targets.empty());
}

}
