// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/vectors.hpp"

#include <algorithm>
#include <cmath>

#include "base/columns.hpp"
#include "fmm/passes.hpp"
#include "fmm/scaling.hpp"

namespace nearfar {
namespace {

/// The caller's vectors from `first` on, as many as there are exponents.
void evaluate_group(Evaluation& e, const CallerValues& caller, bool with_gradients, int first,
                    std::span<const int> exponents, const GroupKernel& group) {
  const auto communicate = [&](auto&& action) { e.log.serial(Phase::communication, action); };
  const int source_dim = e.kernel().source_dim, target_dim = e.kernel().target_dim;
  const int count = size_of(exponents), width = group.width;
  const int unit = std::ilogb(e.layout.partition.root.unit);
  DomainPoints& points = e.layout.points;
  Evaluation::Values& values = width == 1 ? e.one : e.several;
  clear_values(e, width, with_gradients, values);
  if (count < width) std::fill(values.charges.begin(), values.charges.end(), 0.0);

  communicate([&] {
    points.caller_sources.to_tree(interleaved(caller.charges.data(), caller.num_vectors, source_dim).from(first),
                                  interleaved(values.charges.data(), width, source_dim), count);
  });
  std::vector<int> scaling(usize(width), 0);
  std::transform(exponents.begin(), exponents.end(), scaling.begin(), std::negate<>());
  multiply_by_powers_of_two(std::span(values.charges.data(), usize(points.num_sources) * usize(source_dim * width)),
                            scaling, unit_exponents(e.kernel().source_components, source_dim, unit));
  evaluate_side_by_side(
      e, {group.kernel,
          values,
          width,
          count,
          {points.sources.view(), values.charges.data()},
          {points.targets().view(), values.potentials.data(), with_gradients ? values.gradients.data() : nullptr}});
  for (Expansions* expansions : {&e.multipoles, &e.locals})
    expansions->set_written(exponents.back());  // of the last vector, whose far field came last
  for (int& exponent : scaling) exponent = -exponent;
  const auto give_back = [&](UnwrittenVector<double>& results, int dim, std::span<double> to) {
    multiply_by_powers_of_two(results, scaling, result_exponents(e.kernel(), dim / target_dim, unit));
    communicate([&] {
      points.target_map().to_caller(interleaved(results.data(), width, dim),
                                    interleaved(to.data(), caller.num_vectors, dim).from(first), count);
    });
  };
  give_back(values.potentials, target_dim, caller.potentials);
  if (with_gradients) give_back(values.gradients, 3 * target_dim, caller.gradients);
}

}

void evaluate(Evaluation& e, const CallerValues& values, bool with_gradients, std::span<const int> exponents) {
  for (int first = 0; first < values.num_vectors;) {
    const int left = values.num_vectors - first;
    const GroupKernel group = group_kernel(e.kernel(), left, with_gradients);
    const int count = std::min(left, group.width);
    evaluate_group(e, values, with_gradients, first, exponents.subspan(usize(first), usize(count)), group);
    first += count;
  }
}

}
