// SPDX-License-Identifier: BSD-3-Clause
// Piles of more coincident points than a leaf should hold: their leaves lie at the depth limit, 2^-42 of the root in
// size, where the far field is nearly constant.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "comm/mpi.hpp"
#include "nearfar/plan.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

constexpr double tolerance = 1e-6;
constexpr std::size_t num_piles = 3, pile_size = 200;

/// The first points are piles; around them single points, of which the nearest to a pile are `distance` away.
Points points_with_piles(double distance) {
  std::mt19937_64 random(17);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  Points points;
  for (std::size_t pile = 0; pile < num_piles; ++pile) {
    const std::array<double, 3> place{uniform(random), uniform(random), uniform(random)};
    for (std::size_t i = 0; i < pile_size; ++i) points.insert(points.end(), place.begin(), place.end());
  }
  for (std::size_t pile = 0; pile < num_piles; ++pile)
    for (const double shift : {-1.0, 1.0})
      for (std::size_t axis = 0; axis < 3; ++axis)
        points.push_back(points[3 * pile * pile_size + axis] + shift * distance);
  for (int i = 0; i < 3 * 3000; ++i) points.push_back(uniform(random));
  return points;
}

struct Errors {
  double potential = 0.0, gradient = 0.0;
};

/// The largest at a point of a pile, relative to the exact value there.
Errors errors_at_piles(const Points& all, bool own_targets) {
  const auto numbers = dealt(all.size() / 3, Deal::round_robin, MPI_COMM_WORLD);
  const auto points = take(all, numbers, 3);
  std::mt19937_64 random(18);
  std::uniform_real_distribution<double> uniform(0.5, 1.0);
  std::vector<double> all_charges(all.size() / 3);
  for (auto& charge : all_charges) charge = uniform(random);
  const auto charges = take(all_charges, numbers, 1);

  const Kernel kernel = make_kernel("laplace");
  const Options options{.tolerance = tolerance, .points_per_leaf = 50};
  Plan plan = own_targets ? Plan(MPI_COMM_WORLD, kernel, points, points, options)
                          : Plan(MPI_COMM_WORLD, kernel, points, options);
  std::vector<double> potentials(charges.size()), gradients(points.size());
  plan.apply(charges, potentials, gradients);
  EXPECT_EQ(plan.tree_statistics().num_overfull_leaves, static_cast<std::int64_t>(num_piles));

  const Points piles(all.begin(), all.begin() + 3 * num_piles * pile_size);
  const Field exact = direct_field("laplace", 0.0, all, all_charges, piles);
  const auto found = collect(potentials, numbers, all.size() / 3, 1, MPI_COMM_WORLD);
  const auto found_gradients = collect(gradients, numbers, all.size() / 3, 3, MPI_COMM_WORLD);
  Errors errors;
  for (std::size_t i = 0; i < num_piles * pile_size; ++i) {
    errors.potential = std::max(errors.potential, std::abs(found[i] / exact.potentials[i] - 1.0));
    double difference = 0.0, length = 0.0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      difference = std::hypot(difference, found_gradients[3 * i + axis] - exact.gradients[3 * i + axis]);
      length = std::hypot(length, exact.gradients[3 * i + axis]);
    }
    errors.gradient = std::max(errors.gradient, difference / length);
  }
  return errors;
}

TEST(Piles, HaveTheGradientsOfTheOthers) {
  for (const double distance : {0.2, 0.03, 0.002, 1e-4})
    for (const bool own_targets : {false, true}) {
      const Errors errors = errors_at_piles(points_with_piles(distance), own_targets);
      EXPECT_LT(errors.potential, tolerance) << distance;
      EXPECT_LT(errors.gradient, 40.0 * tolerance) << distance << (own_targets ? " own targets" : "");
    }
}

// Targets of their own in the leaf of a pile, though not in its place: the pile acts on them.
TEST(Piles, ActOnTargetsBesideThem) {
  const Points all = points_with_piles(0.1);
  const auto numbers = dealt(all.size() / 3, Deal::round_robin, MPI_COMM_WORLD);
  const Points sources = take(all, numbers, 3);
  const std::vector<double> all_charges(all.size() / 3, 0.5), charges(numbers.size(), 0.5);
  for (const double distance : {1e-8, 1e-12, 0.0}) {
    Points all_targets;
    for (std::size_t pile = 0; pile < num_piles; ++pile)
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const std::size_t first = 3 * pile * pile_size;
        Points target(all.begin() + static_cast<std::ptrdiff_t>(first),
                      all.begin() + static_cast<std::ptrdiff_t>(first + 3));
        target[axis] += distance;
        all_targets.insert(all_targets.end(), target.begin(), target.end());
      }
    const auto target_numbers = dealt(all_targets.size() / 3, Deal::round_robin, MPI_COMM_WORLD);
    const Points targets = take(all_targets, target_numbers, 3);
    Plan plan(MPI_COMM_WORLD, make_kernel("laplace"), sources, targets,
              {.tolerance = tolerance, .points_per_leaf = 50});
    std::vector<double> potentials(target_numbers.size());
    plan.apply(charges, potentials);
    const auto found = collect(potentials, target_numbers, all_targets.size() / 3, 1, MPI_COMM_WORLD);
    const Field exact = direct_field("laplace", 0.0, all, all_charges, all_targets);
    // Sums of equal numbers in floats are rounded the same way each time: 2.2e-6 for 200 of them.
    for (std::size_t i = 0; i < found.size(); ++i)
      EXPECT_NEAR(found[i] / exact.potentials[i], 1.0, 3.0 * tolerance) << distance << ' ' << i;
  }
}

TEST(Piles, AreOverfullBySourcesOrByTargets) {
  constexpr int points_per_leaf = 50;
  for (const auto& [size, overfull] : {std::pair{50, 0}, {51, 1}}) {
    Points pile = app::sample_points(app::Distribution::cube, 7, 0, 120);
    for (int i = 0; i < size; ++i) pile.insert(pile.end(), {0.3, 0.6, 0.1});
    const Points others = app::sample_points(app::Distribution::cube, 8, 0, 30);
    const auto own = [](const Points& all) {
      return take(all, dealt(all.size() / 3, Deal::round_robin, MPI_COMM_WORLD), 3);
    };
    for (const bool of_sources : {true, false}) {
      const Plan plan(MPI_COMM_WORLD, make_kernel("laplace"), own(of_sources ? pile : others),
                      own(of_sources ? others : pile), {.points_per_leaf = points_per_leaf, .lists_only = true});
      EXPECT_EQ(plan.tree_statistics().num_overfull_leaves, overfull) << size << of_sources;
      EXPECT_EQ(plan.tree_statistics().largest_leaf, size) << size << of_sources;
    }
  }
}

}
}
