// SPDX-License-Identifier: BSD-3-Clause
// The kernel behind the rows and columns of a MATNEARFAR, from its settings and whether it has target normals.
#pragma once

#include <string>
#include <vector>

#include "nearfar/families.hpp"

namespace nearfar {

/// What target normals do.
enum class UseOfNormals {
  by_fields,        ///< the fields need them, or there are none
  replaced_field,   ///< the first field of the family became "normal_derivative"
  along_gradients,  ///< rows are contractions of gradients
};

struct Rows {
  Kernel plain;   ///< of the source kinds and fields as they were set
  Kernel kernel;  ///< of products
  UseOfNormals use = UseOfNormals::by_fields;
};

/// `set` may hold parameters of other families, which are ignored. Throws UsageError as make_kernel does.
[[nodiscard]] Rows rows_of(const KernelChoice& set, bool has_target_normals);

/// The same choice with nothing left open: the names of kinds and fields, and all parameters of the family but no
/// others. Sums of kinds and fields are written as kernels name them. Throws UsageError for names that are unknown.
[[nodiscard]] KernelChoice completed(const KernelChoice& set);

/// Throws UsageError unless some family has such a parameter and takes the value.
void check_parameter(const std::string& name, double value);

/// The matrix of the kernel is its own transpose, where the targets are the sources.
[[nodiscard]] bool is_own_transpose(const Kernel& kernel);

/// Names, with commas between them.
[[nodiscard]] std::string joined(const std::vector<std::string>& names);
[[nodiscard]] std::vector<std::string> names_in(const std::vector<Quantity>& quantities);
[[nodiscard]] std::string names_of(const std::vector<Quantity>& quantities);

}
