// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/accuracy.hpp"

#include <algorithm>
#include <cmath>

#include "base/printable.hpp"
#include "fmm/costs.hpp"
#include "operators/oscillation.hpp"

namespace nearfar {
namespace {

/// Measured: single precision adds up to 20 times as much at the largest phases, whose densities are large.
[[nodiscard]] double single_error(const Kernel& kernel, double phase) {
  return kernel.single_error * std::exp2(std::max(0.0, phase - 3.5));
}

}

double error_of_order(const Kernel& kernel, int order, Precision precision, double phase) {
  const double full = predicted_error(kernel, order, Precision::full);
  return precision == Precision::mixed ? std::hypot(full, single_error(kernel, phase)) : full;
}

int lowest_order(const Kernel& kernel, double tolerance, Precision precision, double phase) {
  int order = min_order + 1;
  while (order < max_order && error_of_order(kernel, order, precision, phase) > tolerance) ++order;
  return order;
}

std::string why_contradicting(const Options& options, const Kernel& kernel, double phase) {
  const double tolerance = options.tolerance, single = single_error(kernel, phase);
  if (tolerance == 0.0) return {};
  // Where no order helps, but full precision would.
  if (options.precision == Precision::mixed && error_of_order(kernel, max_order, Precision::mixed, phase) > tolerance &&
      error_of_order(kernel, max_order, Precision::full, phase) <= tolerance)
    return "mixed precision has errors of up to " + shortest(single, 3) + " with this " + kernel.name +
           " kernel, above the tolerance " + shortest(tolerance, 3) + ": give one of the two, or full precision";
  const double least = error_of_order(kernel, max_order, Precision::full, phase);
  if (least > tolerance && (options.order == 0 || options.order == max_order))
    return "no order keeps the tolerance " + shortest(tolerance, 3) + " with this " + kernel.name + " kernel: order " +
           std::to_string(max_order) + ", the highest, has errors of up to " +
           shortest(1.005 * least, 3) +  // rounded up
           ": give a tolerance of at least that, or that order alone";
  if (options.order == 0) return {};
  const double error = error_of_order(kernel, order_without_phase(options.order, phase), options.precision, phase);
  if (error <= tolerance) return {};
  const int lowest = lowest_order(kernel, tolerance, options.precision, phase),
            needed = lowest + orders_for_phase(lowest, phase);
  const bool is_known = error_of_order(kernel, lowest, options.precision, phase) <= tolerance && needed <= max_order;
  return "order " + std::to_string(options.order) + " has errors of up to " + shortest(error, 3) + " with this " +
         kernel.name + " kernel, above the tolerance " + shortest(tolerance, 3) + ": give " +
         (is_known ? "order " + std::to_string(needed) + ", or one of the two alone" : "one of the two alone");
}

}
