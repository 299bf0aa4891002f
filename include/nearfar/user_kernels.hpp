// SPDX-License-Identifier: BSD-3-Clause
// Kernels of the user's own, which make_kernel, the program and matrices then know by name.
//
// A formula becomes a kernel by wrap() of nearfar/formula/wrap.hpp:
//   nearfar::register_kernel({"softened", "u(x) = sum q / sqrt(r^2 + e^2)", {{"e", "softening length", "length", 0,
//   1e9, 1}},
//                             [](const auto& values) { return nearfar::wrap(Softened{values.at("e")}); }});
// It has one source kind, "charge", and one field, "potential", with as many components as its sums take and give.
// Nothing needs to be known of its errors: a plan measures those of its expansions when it is made, takes the order
// that keeps the tolerance, and refuses one that no order keeps. What the kernel says of itself (degree, symmetry,
// derivatives, ...) is checked whenever it is made.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "nearfar/families.hpp"
#include "nearfar/version.h"

namespace nearfar {

struct UserKernel {
  std::string name;     ///< letters, digits and underscores, the first one a letter
  std::string formula;  ///< a line for people: of a unit charge, with constant and sign
  std::vector<Parameter> parameters{};
  /// With all parameters, which are in their ranges.
  std::function<Kernel(const std::map<std::string, double>&)> make;
  /// About the size of domains: the kernel is checked at displacements from a thousandth to a thousand times as long.
  double length = 1.0;
};

/// Makes the kernel known in this process: call it on all ranks, before anything uses the name, and not while other
/// threads make kernels. Throws UsageError for a name that is taken or malformed, and for a kernel that is not what it
/// says of itself, with the default parameters here and with others in make_kernel.
void register_kernel(const UserKernel& kernel);

/// What a shared library with kernels fills.
struct KernelLibrary {
  std::vector<UserKernel> kernels;
};

/// Registers the kernels of a shared library and gives their names; the second time it does nothing. Like
/// register_kernel otherwise; throws UsageError for a file that is not such a library, or one for another version of
/// nearfar. The library defines
///   NEARFAR_KERNELS(library) { library.kernels.push_back({...}); }
/// and needs the headers of nearfar alone, to which it need not be linked.
std::vector<std::string> load_kernels(const std::string& path);

}

#define NEARFAR_KERNELS_VERSION (1000000 * NEARFAR_VERSION_MAJOR + 1000 * NEARFAR_VERSION_MINOR + NEARFAR_VERSION_PATCH)
#define NEARFAR_KERNELS(library)                                                                                      \
  extern "C" __attribute__((visibility("default"))) int nearfar_kernels_version() { return NEARFAR_KERNELS_VERSION; } \
  extern "C" __attribute__((visibility("default"))) void nearfar_kernels(nearfar::KernelLibrary& library)
