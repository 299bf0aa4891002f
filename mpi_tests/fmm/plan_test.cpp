// SPDX-License-Identifier: BSD-3-Clause
// The public plan: accuracy, several vectors, units, bad input.
#include "nearfar/plan.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "comm/mpi.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

/// This rank's share of a sample, and all of it.
struct Sample {
  Points all_sources, sources;
  std::vector<double> all_charges, charges;
};

Sample make_sample(app::Distribution distribution, GlobalIndex count, bool with_signs, int components) {
  Sample sample;
  sample.all_sources = app::sample_points(distribution, 31, 0, count);
  sample.all_charges = app::sample_charges(with_signs, 32, 0, count, components);
  const auto numbers = dealt(usize(count), Deal::blocks, MPI_COMM_WORLD);
  sample.sources = take(sample.all_sources, numbers, 3);
  sample.charges = take(sample.all_charges, numbers, usize(components));
  return sample;
}

struct Errors {
  double potential, gradient, potential_max;
};

/// Errors at a thinned set of targets against plain sums; the targets are also the sources.
Errors errors_of(const Sample& sample, const std::string& name, const Options& options, std::size_t stride) {
  const double lambda = 5.0;
  const Kernel kernel = make_kernel(name, {.lambda = lambda});
  const std::size_t dim = usize(kernel.target_dim);
  Plan plan(MPI_COMM_WORLD, kernel, sample.sources, options);
  std::vector<double> potentials(sample.sources.size() / 3 * dim), gradients(3 * potentials.size());
  plan.apply(sample.charges, potentials, gradients);

  const auto numbers = dealt(sample.all_sources.size() / 3, Deal::blocks, MPI_COMM_WORLD);
  const auto all_potentials = collect(potentials, numbers, sample.all_sources.size() / 3, dim, MPI_COMM_WORLD);
  const auto all_gradients = collect(gradients, numbers, sample.all_sources.size() / 3, 3 * dim, MPI_COMM_WORLD);
  // Each rank sums at its share of the thinned targets.
  const auto targets = thin(sample.all_sources, 3, stride);
  const std::size_t num_targets = targets.size() / 3;
  const auto share = dealt(num_targets, Deal::blocks, MPI_COMM_WORLD);
  Field exact = direct_field(name, lambda, sample.all_sources, sample.all_charges, take(targets, share, 3));
  exact.potentials = collect(exact.potentials, share, num_targets, dim, MPI_COMM_WORLD);
  exact.gradients = collect(exact.gradients, share, num_targets, 3 * dim, MPI_COMM_WORLD);
  const auto computed = thin(all_potentials, dim, stride);
  double largest = 0.0, largest_difference = 0.0;
  for (std::size_t i = 0; i < computed.size(); ++i) {
    largest = std::max(largest, std::abs(exact.potentials[i]));
    largest_difference = std::max(largest_difference, std::abs(computed[i] - exact.potentials[i]));
  }
  return {relative_l2(computed, exact.potentials), relative_l2(thin(all_gradients, 3 * dim, stride), exact.gradients),
          largest_difference / largest};
}

TEST(Accuracy, OfLaplaceReachesThePromisedDigits) {
  for (const auto distribution : all_distributions)
    for (const bool with_signs : {false, true}) {
      const Sample sample = make_sample(distribution, 8000, with_signs, 1);
      for (const auto& [order, bound] : {std::pair{4, 1e-4}, {6, 1e-6}, {9, 1e-9}}) {
        const Errors errors = errors_of(sample, "laplace", {.order = order, .points_per_leaf = 50}, 80);
        const double allowed = bound * (with_signs ? 8.0 : 1.0);
        EXPECT_LT(errors.potential, allowed) << "p = " << order << ", distribution " << static_cast<int>(distribution);
        const bool smooth = distribution == app::Distribution::cube || distribution == app::Distribution::sphere;
        if (smooth) {
          EXPECT_LT(errors.gradient, 30.0 * bound) << "p = " << order;
        }
      }
    }
}

TEST(Accuracy, OfLaplaceImprovesWithEveryOrder) {
  for (const auto distribution : {app::Distribution::cube, app::Distribution::sphere}) {
    const Sample sample = make_sample(distribution, 4000, true, 1);
    double previous = 1.0;
    for (int order = 3; order <= 12; ++order) {
      const Errors errors = errors_of(sample, "laplace", {.order = order, .points_per_leaf = 30}, 40);
      EXPECT_TRUE(errors.potential < previous || previous < 1e-12) << "p = " << order << ": " << errors.potential;
      previous = errors.potential;
    }
    EXPECT_LT(previous, 1e-11);
  }
}

TEST(Accuracy, IsThatOfTheTolerance) {
  for (const auto distribution : all_distributions) {
    const Sample sample = make_sample(distribution, 12000, true, 1);
    for (const double tolerance : {1e-3, 1e-6, 1e-11}) {
      const Errors errors = errors_of(sample, "laplace", {.tolerance = tolerance}, 60);
      EXPECT_LT(errors.potential, tolerance) << static_cast<int>(distribution);
      // So few points have much of their sums done directly; more than 1e5 have errors above tolerance / 100.
      EXPECT_GT(errors.potential, tolerance / 200.0) << static_cast<int>(distribution);
      EXPECT_LT(errors.gradient, 10.0 * tolerance) << static_cast<int>(distribution);
    }
  }
}

TEST(Accuracy, IsThatOfTheToleranceForTheOtherKernels) {
  for (const char* kernel : {"yukawa", "stokeslet"}) {
    const bool stokeslet = std::string(kernel) == "stokeslet";
    const Sample sample = make_sample(app::Distribution::cube, stokeslet ? 6000 : 4000, true, stokeslet ? 3 : 1);
    for (const double tolerance : {1e-3, 1e-6, 1e-8}) {
      const Errors errors = errors_of(sample, kernel, {.tolerance = tolerance}, 40);
      EXPECT_LT(errors.potential, tolerance) << kernel;
      EXPECT_GT(errors.potential, tolerance / 30.0) << kernel << ": higher an order than it needs";
      EXPECT_LT(errors.gradient, 10.0 * tolerance) << kernel;
    }
  }
}

TEST(Accuracy, OfTheOtherKernels) {
  struct Bound {
    std::string kernel;
    int order;
    double potential, gradient;
  };
  for (const Bound& bound : {Bound{"yukawa", 4, 4e-4, 4e-3},
                             {"yukawa", 6, 6e-6, 1e-4},
                             {"yukawa", 8, 1e-7, 2e-6},
                             {"stokeslet", 4, 4e-4, 4e-3},
                             {"stokeslet", 6, 1e-5, 1e-4},
                             {"stokeslet", 8, 8e-7, 5e-6}})
    for (const auto distribution : {app::Distribution::cube, app::Distribution::sphere}) {
      const Sample sample = make_sample(distribution, 3000, true, bound.kernel == "stokeslet" ? 3 : 1);
      const Errors errors = errors_of(sample, bound.kernel, {.order = bound.order, .points_per_leaf = 40}, 30);
      EXPECT_LT(errors.potential, bound.potential) << bound.kernel << " p = " << bound.order;
      EXPECT_LT(errors.gradient, bound.gradient) << bound.kernel << " p = " << bound.order;
    }
}

TEST(Accuracy, IsReportedBySampling) {
  const Sample sample = make_sample(app::Distribution::cube, 2000, true, 1);
  const Kernel kernel = make_kernel("laplace");
  Plan plan(MPI_COMM_WORLD, kernel, sample.sources, {.order = 5});
  std::vector<double> potentials(sample.charges.size()), gradients(sample.sources.size());
  plan.apply(sample.charges, potentials, gradients);
  const auto sampled = [&](std::int64_t count) {
    return sampled_error(MPI_COMM_WORLD, kernel,
                         {sample.sources, sample.charges, sample.sources, potentials, gradients}, count);
  };
  const Errors errors = errors_of(sample, "laplace", {.order = 5}, 1);

  const SampledError all = sampled(10000);
  const SampledError some = sampled(300);

  EXPECT_EQ(all.num_targets, 2000);
  EXPECT_NEAR(all.potential_rel_l2, errors.potential, 1e-3 * errors.potential);
  EXPECT_NEAR(all.gradient_rel_l2, errors.gradient, 1e-3 * errors.gradient);
  EXPECT_EQ(some.num_targets, 300);
  EXPECT_NEAR(some.potential_rel_l2, errors.potential, 0.5 * errors.potential);
  EXPECT_NEAR(all.potential_rel_max, errors.potential_max, 1e-3 * errors.potential_max);
}

/// Largest difference between several vectors at once, [point][vector][component], and one after the other.
double difference_of_vectors(const char* name, int num_vectors, const Options& options) {
  const Kernel kernel = make_kernel(name, {.lambda = 2.0});
  const auto num = usize(num_vectors), source_dim = usize(kernel.source_dim), target_dim = usize(kernel.target_dim);
  const Sample sample = make_sample(app::Distribution::sphere, 1500, true, num_vectors * kernel.source_dim);
  const std::size_t count = sample.sources.size() / 3;
  Plan plan(MPI_COMM_WORLD, kernel, sample.sources, options);
  std::vector<double> potentials(num * target_dim * count), gradients(3 * potentials.size());
  plan.apply(sample.charges, potentials, gradients, num_vectors);
  std::vector<double> alone(potentials.size());  // more vectors share their distances without gradients
  plan.apply(sample.charges, alone, {}, num_vectors);
  double largest = count == 0 ? 0.0 : relative_l2(alone, potentials);
  for (std::size_t vector = 0; vector < num; ++vector) {
    std::vector<double> charges, potential(count * target_dim), gradient(3 * potential.size()), picked, picked_gradient;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t place = i * num + vector;
      const auto pick = [&](const std::vector<double>& from, std::size_t row, std::vector<double>& to) {
        to.insert(to.end(), from.begin() + static_cast<std::ptrdiff_t>(place * row),
                  from.begin() + static_cast<std::ptrdiff_t>((place + 1) * row));
      };
      pick(sample.charges, source_dim, charges);
      pick(potentials, target_dim, picked);
      pick(gradients, 3 * target_dim, picked_gradient);
    }
    plan.apply(charges, potential, gradient);
    if (count == 0) continue;
    largest = std::max({largest, relative_l2(picked, potential), relative_l2(picked_gradient, gradient)});
  }
  return largest;
}

TEST(Plan, GivesTheSameForSeveralVectorsAtOnce) {
  for (const int num_vectors : {2, 3, 5, 8})
    EXPECT_LT(difference_of_vectors("laplace", num_vectors, {.order = 4, .points_per_leaf = 30}), 2e-11);
  EXPECT_LT(difference_of_vectors("laplace", 9, {.order = 10, .points_per_leaf = 100, .num_vectors = 9}), 1e-13);
  EXPECT_LT(difference_of_vectors("yukawa", 4, {.tolerance = 1e-4, .points_per_leaf = 30}), 1e-6);
  EXPECT_LT(difference_of_vectors("stokeslet", 3, {.order = 3, .points_per_leaf = 40}), 2e-11);
}

TEST(Plan, GivesTheSamePotentialsWithAndWithoutGradients) {
  const Sample sample = make_sample(app::Distribution::cube, 3000, true, 1);
  Plan plan(MPI_COMM_WORLD, make_kernel("laplace"), sample.sources, {.order = 4});
  std::vector<double> with(sample.charges.size()), without(sample.charges.size()), gradients(sample.sources.size());
  plan.apply(sample.charges, with, gradients);
  plan.apply(sample.charges, without);
  if (!with.empty()) {
    EXPECT_LT(relative_l2(with, without), 1e-13);
  }
}

TEST(Plan, ScalesWithTheUnitOfLength) {
  const Sample sample = make_sample(app::Distribution::plummer, 2000, true, 1);
  const auto run = [&](double unit, std::vector<double>& potentials, std::vector<double>& gradients) {
    Points scaled = sample.sources;
    for (auto& coordinate : scaled) coordinate *= unit;
    potentials.assign(sample.charges.size(), 0.0);
    gradients.assign(sample.sources.size(), 0.0);
    Plan plan(MPI_COMM_WORLD, make_kernel("laplace"), scaled, {.order = 10});
    plan.apply(sample.charges, potentials, gradients);
  };
  std::vector<double> potentials, gradients, scaled_potentials, scaled_gradients;
  run(1.0, potentials, gradients);
  for (const double unit : {std::ldexp(1.0, -66), std::ldexp(1.0, 66), 1e-20, 1e20, 1e-140, 1e140}) {
    run(unit, scaled_potentials, scaled_gradients);
    for (auto& value : scaled_potentials) value *= unit;
    for (auto& value : scaled_gradients) value *= unit * unit;
    if (potentials.empty()) continue;
    // Powers of two change no bit; with other units the root cube's side is rounded up to another number.
    int exponent = 0;
    const bool is_exact = std::frexp(unit, &exponent) == 0.5;
    EXPECT_LT(relative_l2(scaled_potentials, potentials), is_exact ? 1e-15 : 3e-10) << unit;
    EXPECT_LT(relative_l2(scaled_gradients, gradients), is_exact ? 1e-15 : 1e-9) << unit;
  }
}

TEST(Plan, KeepsItsDigitsFarFromTheOrigin) {
  Sample sample = make_sample(app::Distribution::sphere, 2000, true, 1);
  const Options options{.order = 8, .points_per_leaf = 30};
  const Errors near = errors_of(sample, "laplace", options, 20);
  for (const double shift : {1e6, 1e10}) {
    for (auto& coordinate : sample.sources) coordinate += shift;
    for (auto& coordinate : sample.all_sources) coordinate += shift;
    const Errors far = errors_of(sample, "laplace", options, 20);
    EXPECT_LT(far.potential, 3.0 * near.potential) << shift;
    EXPECT_LT(far.gradient, 3.0 * near.gradient) << shift;
    for (auto& coordinate : sample.sources) coordinate -= shift;
    for (auto& coordinate : sample.all_sources) coordinate -= shift;
  }
}

TEST(Plan, CountsPairsThatAlmostCoincide) {
  // Near the origin numbers are fine enough for distances that underflow as floats when squared.
  Sample sample = make_sample(app::Distribution::plummer, 300, true, 1);
  for (const double x : {0.0, 1e-25, 3e-22}) {
    sample.all_sources.insert(sample.all_sources.end(), {x, 0.0, -x});
    sample.all_charges.push_back(1.0);
  }
  const auto numbers = dealt(303, Deal::blocks, MPI_COMM_WORLD);
  sample.sources = take(sample.all_sources, numbers, 3);
  sample.charges = take(sample.all_charges, numbers, 1);
  const Errors errors = errors_of(sample, "laplace", {.order = 10, .points_per_leaf = 20}, 1);
  EXPECT_LT(errors.potential, 1e-14);
  EXPECT_LT(errors.gradient, 1e-13);
}

/// The sentence of the error that every rank must throw; empty when this rank threw nothing or another class.
template <class Error, class Action>
std::string sentence(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  } catch (const std::exception&) {
    return {};
  }
  return {};
}

TEST(BadInput, IsRefusedByAllRanksAlike) {
  Sample sample = make_sample(app::Distribution::cube, 1000, true, 1);
  const Kernel kernel = make_kernel("laplace");
  const int size = size_of_communicator(MPI_COMM_WORLD);
  const bool last = rank_of(MPI_COMM_WORLD) == size - 1;
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    Points sources = sample.sources;
    if (last) sources[4] = bad;
    EXPECT_NE(sentence<InputError>([&] { Plan plan(MPI_COMM_WORLD, kernel, sources); }).find("source 1"),
              std::string::npos);
    EXPECT_NE(
        sentence<InputError>([&] { Plan plan(MPI_COMM_WORLD, kernel, sample.sources, sources); }).find("target 1"),
        std::string::npos);
    std::vector<double> charges = sample.charges, potentials(charges.size());
    if (last) charges[2] = bad;
    Plan plan(MPI_COMM_WORLD, kernel, sample.sources);
    EXPECT_NE(sentence<InputError>([&] { plan.apply(charges, potentials); }).find("charge 2"), std::string::npos);
    plan.apply(sample.charges, potentials);  // the plan is still good
  }
}

TEST(BadInput, OfParametersAndLengthsIsRefused) {
  const Sample sample = make_sample(app::Distribution::cube, 1000, true, 1);
  const Kernel kernel = make_kernel("laplace");
  for (const Options& options : {Options{.order = 1}, Options{.order = 17}, Options{.points_per_leaf = -1}})
    EXPECT_FALSE(sentence<UsageError>([&] { Plan plan(MPI_COMM_WORLD, kernel, sample.sources, options); }).empty());
  const bool last = rank_of(MPI_COMM_WORLD) == size_of_communicator(MPI_COMM_WORLD) - 1;
  Plan plan(MPI_COMM_WORLD, kernel, sample.sources);
  std::vector<double> potentials(sample.charges.size()), wrong(potentials.size() + (last ? 1 : 0));
  EXPECT_FALSE(sentence<UsageError>([&] { plan.apply(sample.charges, wrong); }).empty());
  EXPECT_FALSE(sentence<UsageError>([&] { plan.apply(sample.charges, potentials, {}, 0); }).empty());
  EXPECT_FALSE(sentence<UsageError>([&] { Plan p(MPI_COMM_WORLD, Kernel{}, sample.sources); }).empty());
  if (size_of_communicator(MPI_COMM_WORLD) > 1) {
    const Points none;
    Plan one_sided(MPI_COMM_WORLD, kernel, last ? none : sample.sources);
    std::vector<double> two_charges(last ? 0 : 2 * sample.charges.size()), two_potentials(two_charges.size());
    EXPECT_NE(sentence<UsageError>([&] {
                one_sided.apply(two_charges, two_potentials, {}, last ? 1 : 2);
              }).find("num_vectors must be the same"),
              std::string::npos);
    EXPECT_NE(sentence<UsageError>([&] {
                last ? Plan(MPI_COMM_WORLD, kernel, none, none) : Plan(MPI_COMM_WORLD, kernel, sample.sources);
              }).find("must be the same"),
              std::string::npos);
  }
  Plan lists(MPI_COMM_WORLD, kernel, sample.sources, {.lists_only = true});
  EXPECT_FALSE(sentence<UsageError>([&] { lists.apply(sample.charges, potentials); }).empty());
  EXPECT_EQ(lists.tree_statistics().checksum, plan.tree_statistics().checksum);
}

TEST(Plan, LeavesTheCallersMessagesAlone) {
  const Sample sample = make_sample(app::Distribution::cube, 1000, true, 1);
  const int rank = rank_of(MPI_COMM_WORLD);
  const int size = size_of_communicator(MPI_COMM_WORLD);
  int received = -1;
  MPI_Request requests[2];
  MPI_Irecv(&received, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &requests[0]);
  Plan first(MPI_COMM_WORLD, make_kernel("laplace"), sample.sources, {.order = 4});
  Plan second(MPI_COMM_WORLD, make_kernel("yukawa"), sample.sources, {.order = 3});
  std::vector<double> potentials(sample.charges.size());
  first.apply(sample.charges, potentials);
  second.apply(sample.charges, potentials);
  MPI_Isend(&rank, 1, MPI_INT, (rank + 1) % size, 5, MPI_COMM_WORLD, &requests[1]);
  MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
  EXPECT_EQ(received, (rank + size - 1) % size);
}

}
}
