// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/vectors.hpp"

#include <algorithm>
#include <cmath>

#include "fmm/columns.hpp"
#include "fmm/scaling.hpp"

namespace nearfar {
namespace {

[[nodiscard]] std::vector<Scratch> make_scratch(const Evaluation& evaluation) {
  const AllOperators& operators = evaluation.translations.operators;
  if (operators.empty()) return {};
  const Scratch one(*operators.back(), evaluation.layout.tuning.options.points_per_leaf);
  return std::vector<Scratch>(usize(num_threads()), one);
}

template <class Scalar>
void reserve(M2lSweeps<Scalar>& m2l) {
  for (const auto& sweep : m2l.sweeps)
    if (sweep.num_blocks() > 0) sweep.reserve(m2l.workspace, num_threads());
}

/// The caller's vectors [first, first + count). `kernel` sums over as many as there are in the working arrays.
void evaluate_group(Evaluation& e, std::vector<Scratch>& scratch, const CallerValues& caller, bool with_gradients,
                    int first, int count, const Kernel& kernel) {
  const auto communicate = [&](auto&& action) { e.log.serial(Phase::communication, action); };
  const MPI_Comm comm = e.communicator;
  const int source_dim = e.kernel().source_dim, target_dim = e.kernel().target_dim;
  const int width = kernel.source_dim / source_dim;
  const auto rows_of = [](std::size_t size, int row) { return IndexRange{0, static_cast<Index>(size / usize(row))}; };
  const IndexRange sources = rows_of(caller.charges.size(), source_dim * caller.num_vectors);
  const IndexRange targets = rows_of(caller.potentials.size(), target_dim * caller.num_vectors);
  const bool packed = caller.num_vectors > 1;
  Evaluation::Values& values = width == 1 ? e.one : e.several;
  std::vector<double> charges, potentials, gradients;
  agree(comm, [&] {
    make_room(e, width, with_gradients, values);
    if (!packed) return;
    charges.assign(usize(sources.size()) * usize(source_dim * width), 0.0);
    potentials.resize(usize(targets.size()) * usize(target_dim * width));
    if (with_gradients) gradients.resize(3 * potentials.size());
    copy_columns(sources, {caller.charges.data(), caller.num_vectors, source_dim}, first,
                 {charges.data(), width, source_dim}, 0, count);
  });

  std::vector<int> exponents;
  communicate([&] {
    e.layout.points.caller_sources.to_tree(source_dim * width, packed ? charges.data() : caller.charges.data(),
                                           values.charges.data());
    const std::span<double> own(values.charges.data(), usize(e.layout.points.num_sources) * usize(source_dim * width));
    exponents = scale_to_order_of_one(comm, own, width, source_dim);
  });
  evaluate_side_by_side(e, scratch,
                        {kernel,
                         values,
                         width,
                         count,
                         {e.layout.points.sources.view(), values.charges.data()},
                         {e.layout.points.targets().view(), values.potentials.data(),
                          with_gradients ? values.gradients.data() : nullptr}});
  const int unit = std::ilogb(e.layout.partition.root.unit);
  multiply_by_powers_of_two(values.potentials, target_dim, exponents, unit * e.kernel().degree);
  if (with_gradients)
    multiply_by_powers_of_two(values.gradients, 3 * target_dim, exponents, unit * (e.kernel().degree - 1));
  communicate([&] {
    PointMap& map = e.layout.points.target_map();
    map.to_caller(target_dim * width, values.potentials.data(), packed ? potentials.data() : caller.potentials.data());
    if (with_gradients)
      map.to_caller(3 * target_dim * width, values.gradients.data(),
                    packed ? gradients.data() : caller.gradients.data());
  });
  if (!packed) return;
  copy_columns(targets, {potentials.data(), width, target_dim}, 0,
               {caller.potentials.data(), caller.num_vectors, target_dim}, first, count);
  if (with_gradients)
    copy_columns(targets, {gradients.data(), width, 3 * target_dim}, 0,
                 {caller.gradients.data(), caller.num_vectors, 3 * target_dim}, first, count);
}

}

void evaluate(Evaluation& e, const CallerValues& values, bool with_gradients) {
  std::vector<Scratch> scratch;
  agree(e.communicator, [&] {
    scratch = make_scratch(e);
    std::visit([](auto& m2l) { reserve(m2l); }, e.m2l);
  });
  for (int first = 0; first < values.num_vectors;) {
    const int left = values.num_vectors - first;
    const Kernel kernel = left > 1 && e.kernel().several ? e.kernel().several(left, with_gradients) : e.kernel();
    const int count = std::min(left, kernel.source_dim / e.kernel().source_dim);
    evaluate_group(e, scratch, values, with_gradients, first, count, kernel);
    first += count;
  }
}

}
