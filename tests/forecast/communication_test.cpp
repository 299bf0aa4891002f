// SPDX-License-Identifier: BSD-3-Clause
#include "forecast/communication.hpp"

#include <gtest/gtest.h>

#include "support/open_plan.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

TEST(Communication, OfOneRankIsNone) {
  const Points sources = app::sample_points(app::Distribution::plummer, 3, 0, 1000);
  const Points targets = app::sample_points(app::Distribution::cube, 4, 0, 500);
  const OpenGeometry geometry(MPI_COMM_SELF, make_kernel("laplace"), {sources, targets, false},
                              {.order = 2, .points_per_leaf = 10});
  const Options options{.order = 2, .precision = Precision::full};
  const auto first = geometry.plan(make_kernel("laplace"), options);
  Options wider = options;
  wider.num_vectors = 8;
  const auto second = geometry.plan(make_kernel("stokeslet"), wider);
  ASSERT_NE(first->interactions, second->interactions);
  for (const auto* plan : {first.get(), second.get()}) {
    const CommunicationCounts counts = count_communication(geometry.layout(), *plan->interactions, plan->kernel, 2);
    for (const std::int64_t count :
         {counts.neighbours, counts.messages, counts.coarse_messages, counts.bytes, counts.ghost_sources,
          counts.ghost_multipoles, counts.ghost_locals, counts.caller_messages, counts.caller_bytes})
      EXPECT_EQ(count, 0);
  }
}

}
}
