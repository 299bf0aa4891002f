// SPDX-License-Identifier: BSD-3-Clause
// Plans take a higher order where operators miss what the errors of their kernel promise.
#include <array>

#include "base/printable.hpp"
#include "comm/mpi.hpp"
#include "fmm/plan.hpp"
#include "fmm/probed_errors.hpp"
#include "kernels/catalog.hpp"

namespace nearfar {
bool Plan::Implementation::raises_order() {
  // Errors that callers state choose nothing where they give the order.
  if (order_is_given && error_source_of(kernel.name) == ErrorSource::caller) return false;
  // On one rank: machines that round in another way must not choose another order.
  std::array<double, 2> on_first{};
  agree(comm(), [&] {
    if (rank_of(comm()) != 0) return;
    const ProbedError probed = probe_promise(translations);
    on_first = {probed.promised, probed.found};
  });
  all_reduce(comm(), std::span<double>(on_first), MPI_MAX);
  // Once operators have missed, what was asked for counts.
  const bool is_raised = raised_order.from != 0;
  const double promised = is_raised ? raised_order.promised : on_first[0], found = on_first[1];
  if (keeps(promised, found, !is_raised)) return false;
  if (order_is_given || options.order == max_order)
    throw Error("the operators of the kernel " + kernel.name + " have an error of " + shortest(found, 2) +
                " at order " + std::to_string(options.order) + (order_is_given ? "" : ", the highest,") + " where " +
                shortest(promised, 2) +
                " is promised: either what the kernel says of its errors is wrong, or this build of nearfar or its "
                "LAPACK computes wrong numbers");
  if (!is_raised) raised_order = {options.order, promised, found};
  ++options.order;
  translations = {};
  translations.order = options.order;
  translations.precision = options.precision;
  return true;
}

}
