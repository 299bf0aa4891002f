// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <exception>
#include <string>

#include "kernels/callback.hpp"
#include "nearfar/error.hpp"
#include "nearfar/user_kernels.h"
#include "nearfar/user_kernels.hpp"

namespace {

/// Null, or the sentence of what `action` throws.
template <class Action>
const char* sentence_of(const Action& action) noexcept {
  static thread_local std::string sentence;
  try {
    action();
    return nullptr;
  } catch (const std::exception& error) {
    sentence = error.what();
  }
  return sentence.c_str();
}

void register_function(const NearfarUserKernel* kernel) {
  if (kernel == nullptr || kernel->name == nullptr || kernel->kernel == nullptr)
    throw nearfar::UsageError("a kernel needs a name and a function, but one of them is NULL");
  for (const int dim : {kernel->source_dim, kernel->target_dim})
    if (dim < 1 || dim > 16)
      throw nearfar::UsageError(std::string("the kernel ") + kernel->name + " has " + std::to_string(dim) +
                                " components; 1 to 16 are possible");
  if (!(std::isfinite(kernel->length) && kernel->length >= 0.0))
    throw nearfar::UsageError(std::string("the length of the kernel ") + kernel->name +
                              " must be positive, or 0 for 1");
  const nearfar::FoundProperties properties = nearfar::find_properties(*kernel);
  nearfar::register_kernel({kernel->name,
                            kernel->formula != nullptr ? kernel->formula : "user-defined function",
                            {},
                            [function = *kernel, properties](const std::map<std::string, double>&) {
                              return nearfar::callback_kernel(function, properties);
                            },
                            nearfar::length_of(*kernel)});
}

}

const char* nearfar_register_kernel(const NearfarUserKernel* kernel) {
  return sentence_of([&] { register_function(kernel); });
}

const char* nearfar_load_kernels(const char* path) {
  return sentence_of([&] {
    if (path == nullptr) throw nearfar::UsageError("the path of a library of kernels is NULL");
    nearfar::load_kernels(path);
  });
}
