// SPDX-License-Identifier: BSD-3-Clause
// Several charge vectors at once, against each of them alone.
#include "fmm/vectors.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/open_plan.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

constexpr std::size_t count = 700;

/// Magnitudes far apart, so that no vector can hide in another one's rounding.
double magnitude(int vector) { return std::pow(10.0, (vector * 37) % 200 - 100); }

/// [source][vector][dim]
std::vector<double> charges_of(int num_vectors, int dim) {
  std::vector<double> charges;
  for (std::size_t i = 0; i < count; ++i)
    for (int v = 0; v < num_vectors; ++v)
      for (int k = 0; k < dim; ++k)
        charges.push_back(magnitude(v) * std::sin(1.0 + 0.7 * static_cast<double>(i) + v + 2 * k));
  return charges;
}

/// One vector out of [point][vector][dim].
std::vector<double> vector_of(const std::vector<double>& all, int vector, int num_vectors, int dim) {
  std::vector<double> one;
  for (std::size_t i = 0; i < count; ++i)
    for (int k = 0; k < dim; ++k) one.push_back(all[(i * usize(num_vectors) + usize(vector)) * usize(dim) + usize(k)]);
  return one;
}

void expect_each_alone(const Kernel& kernel, const Options& options, int num_vectors, bool with_gradients,
                       double bound) {
  const Points points = app::sample_points(app::Distribution::plummer, 3, 0, count);
  Plan plan(MPI_COMM_SELF, kernel, points, options);
  const int dim = kernel.target_dim;
  const auto charges = charges_of(num_vectors, kernel.source_dim);
  std::vector<double> potentials(count * usize(num_vectors * dim), NAN);
  std::vector<double> gradients(with_gradients ? 3 * potentials.size() : 0, NAN);
  plan.apply(charges, potentials, gradients, num_vectors);
  for (int v = 0; v < num_vectors; ++v) {
    std::vector<double> alone(count * usize(dim)), slopes(with_gradients ? 3 * alone.size() : 0);
    plan.apply(vector_of(charges, v, num_vectors, kernel.source_dim), alone, slopes);
    EXPECT_LT(relative_l2(vector_of(potentials, v, num_vectors, dim), alone), bound) << v << " of " << num_vectors;
    if (with_gradients) {
      EXPECT_LT(relative_l2(vector_of(gradients, v, num_vectors, 3 * dim), slopes), 10 * bound)
          << v << " of " << num_vectors;
    }
  }
}

TEST(Vectors, AreEachAsAlone) {
  const Options full{.order = 4, .points_per_leaf = 30, .precision = Precision::full};
  for (const int num_vectors : {2, 3, 4, 5, 8, 9, 13}) {
    expect_each_alone(make_kernel("laplace"), full, num_vectors, false, 1e-13);
    expect_each_alone(make_kernel("laplace"), full, num_vectors, true, 1e-13);
  }
  expect_each_alone(make_kernel("stokeslet"), full, 5, true, 1e-13);
}

TEST(Vectors, AreEachAsAloneInMixedPrecision) {
  const Options mixed{.order = 4, .points_per_leaf = 30, .precision = Precision::mixed};
  for (const int num_vectors : {3, 9}) expect_each_alone(make_kernel("laplace"), mixed, num_vectors, true, 1e-6);
}

TEST(Vectors, LeaveNothingBehindForFewerOfThem) {
  const Points points = app::sample_points(app::Distribution::cube, 3, 0, count);
  const Options options{.order = 3, .points_per_leaf = 30, .precision = Precision::full};
  Plan used(MPI_COMM_SELF, make_kernel("laplace"), points, options),
      fresh(MPI_COMM_SELF, make_kernel("laplace"), points, options);
  std::vector<double> many(8 * count), few(2 * count), wanted(2 * count);
  used.apply(charges_of(8, 1), many, {}, 8);
  used.apply(charges_of(2, 1), few, {}, 2);
  fresh.apply(charges_of(2, 1), wanted, {}, 2);
  EXPECT_EQ(few, wanted);
}

TEST(Vectors, OfWhichAnyIsNotFiniteGiveNanOrAnError) {
  const Points points = app::sample_points(app::Distribution::cube, 3, 0, count);
  auto charges = charges_of(3, 1);
  charges[1001] = NAN;
  std::vector<double> potentials(3 * count, 1.0), gradients(9 * count, 1.0);
  Plan strict(MPI_COMM_SELF, make_kernel("laplace"), points, {.order = 3});
  EXPECT_THROW(strict.apply(charges, potentials, gradients, 3), InputError);
  EXPECT_EQ(potentials[0], 1.0);
  Plan tolerant(MPI_COMM_SELF, make_kernel("laplace"), points, {.order = 3, .non_finite = NonFinite::propagate});
  tolerant.apply(charges, potentials, gradients, 3);
  for (const auto& results : {potentials, gradients})
    for (const double result : results) EXPECT_TRUE(std::isnan(result));
  tolerant.apply(charges_of(3, 1), potentials, gradients, 3);
  for (const double potential : potentials) EXPECT_TRUE(std::isfinite(potential));
}

TEST(Vectors, OfNoPointsAreFine) {
  Plan plan(MPI_COMM_SELF, make_kernel("laplace"), std::span<const double>{}, {.order = 3});
  EXPECT_NO_THROW(plan.apply({}, {}, {}, 9));
}

}
}
