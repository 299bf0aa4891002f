// SPDX-License-Identifier: BSD-3-Clause
// Plans whose points travel over relays: the same sums, bit for bit, in a bounded number of messages.
#include <gtest/gtest.h>

#include <cmath>

#include "comm/mpi.hpp"
#include "nearfar/plan.hpp"
#include "support/moving_points.hpp"
#include "support/mpi_counts.hpp"
#include "support/open_plan.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_WORLD;

struct Fields {
  std::vector<double> potentials, gradients;
  bool operator==(const Fields&) const = default;
};

Fields apply_to(Plan& plan, const std::vector<double>& charges, std::size_t num_targets, int num_vectors) {
  Fields fields{std::vector<double>(num_targets * usize(num_vectors)),
                std::vector<double>(3 * num_targets * usize(num_vectors))};
  plan.apply(charges, fields.potentials, fields.gradients, num_vectors);
  return fields;
}

TEST(PointsOverRelays, GiveTheSameSums) {
  const Options direct{.order = 4, .points_per_leaf = 20, .root_scale = 1.1, .most_partners = 1000};
  Options relayed = direct;
  relayed.most_partners = 1;
  for (const Deal deal : {Deal::round_robin, Deal::all_on_last, Deal::odd_ranks}) {
    ChargedPoints sample = deal_points(app::Distribution::plummer, 3000, deal);
    const std::size_t count = sample.charges.size();
    std::vector<double> targets = moved(sample.points, 0.3, 5), two_vectors;
    for (const double charge : sample.charges) two_vectors.insert(two_vectors.end(), {charge, 1.0 - charge});
    Plan expected(comm, make_kernel("laplace"), sample.points, targets, direct);
    Plan plan(comm, make_kernel("laplace"), sample.points, targets, relayed);
    EXPECT_EQ(apply_to(plan, sample.charges, count, 1), apply_to(expected, sample.charges, count, 1));
    EXPECT_EQ(apply_to(plan, two_vectors, count, 2), apply_to(expected, two_vectors, count, 2));
    EXPECT_EQ(plan.source_numbers(), expected.source_numbers());
    sample.points = moved(sample.points, 0.1, 17);
    for (Plan* each : {&plan, &expected}) each->update_points(sample.points, targets);
    EXPECT_EQ(apply_to(plan, sample.charges, count, 1), apply_to(expected, sample.charges, count, 1));
  }
}

/// Messages that this rank sends and receives while a plan is set up.
std::int64_t messages_of_setup(const std::vector<double>& points, int most_partners) {
  return count_mpi([&] {
           const Plan plan(comm, make_kernel("laplace"), points,
                           {.order = 2, .points_per_leaf = 500, .most_partners = most_partners});
         })
      .messages;
}

TEST(PointsOverRelays, TakeFewMessages) {
  const int ranks = size_of_communicator(comm);
  const std::vector<double> points = deal_points(app::Distribution::cube, 6000, Deal::round_robin).points;
  const std::int64_t direct = messages_of_setup(points, ranks), relayed = messages_of_setup(points, 1);
  // Of about five exchanges with all others (announced, sent and received) some twenty with two square roots remain.
  EXPECT_TRUE(ranks < 64 || all_max(comm, relayed) < all_max(comm, direct)) << relayed << " against " << direct;
  const double root = std::ceil(std::sqrt(ranks));
  EXPECT_LE(relayed, direct + static_cast<std::int64_t>(20.0 * 2.0 * root));
}

TEST(PointsOverRelays, NumberOfPartnersIsChecked) {
  const std::vector<double> points = deal_points(app::Distribution::cube, 100).points;
  EXPECT_THROW(Plan(comm, make_kernel("laplace"), points, {.most_partners = -1}), UsageError);
}

}
}
