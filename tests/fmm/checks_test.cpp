// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/checks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace nearfar {
namespace {

using testing::HasSubstr;

const double nan = std::nan("");
const double infinity = std::numeric_limits<double>::infinity();

/// What an error of that class says; empty when there is none, or another.
template <class Error, class Action>
std::string sentence(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  } catch (...) {
    return {};
  }
  return {};
}

TEST(Checks, NameTheFirstRowThatIsNotFinite) {
  std::vector<double> values(30000, 1.0);
  EXPECT_NO_THROW(require_finite(values, 3, "source"));
  for (const double bad : {nan, infinity, -infinity}) {
    values[20001] = values[29999] = bad;
    EXPECT_THAT(sentence<InputError>([&] { require_finite(values, 3, "source"); }), HasSubstr("source 6667 "));
    EXPECT_THAT(sentence<InputError>([&] { require_finite(values, 1, "charge"); }), HasSubstr("charge 20001 "));
  }
  values.assign(1, infinity);
  EXPECT_THAT(sentence<InputError>([&] { require_finite(values, 3, "target"); }), HasSubstr("target 0 "));
  EXPECT_NO_THROW(require_finite({}, 3, "source"));
  values.assign(1, std::numeric_limits<double>::max());
  EXPECT_NO_THROW(require_finite(values, 3, "source"));
}

/// Three numbers a cut, the first of them the most significant.
TEST(Checks, CutsAscend) {
  const std::vector<std::int64_t> cuts{1, 5, 0, 1, 5, 0, 2, 0, 7};
  const std::vector<PointKey> keys = keys_of_cuts(cuts, 4);
  ASSERT_EQ(keys.size(), 3U);
  EXPECT_EQ(keys[0], keys[1]) << "a rank without points";
  EXPECT_LT(keys[1], keys[2]);
  for (const std::size_t number : {3U, 4U}) {
    std::vector<std::int64_t> fallen = cuts;
    --fallen[number];
    EXPECT_THAT(sentence<UsageError>([&] { (void)keys_of_cuts(fallen, 4); }), HasSubstr("keys that ascend"));
  }
  EXPECT_THAT(sentence<UsageError>([&] { (void)keys_of_cuts(cuts, 3); }), HasSubstr("9 numbers for 3 ranks"));
}

TEST(Checks, MovedPointsAreAsManyAsBefore) {
  std::vector<double> coordinates(12, 0.5);
  EXPECT_NO_THROW(require_moved(coordinates, 4, "source"));
  for (const Index count : {0, 3, 5}) {
    const std::string error = sentence<UsageError>([&] { require_moved(coordinates, count, "target"); });
    EXPECT_THAT(error, HasSubstr(std::to_string(count) + " targets"));
    EXPECT_THAT(error, HasSubstr("12 coordinates"));
  }
  coordinates.pop_back();
  EXPECT_THROW(require_moved(coordinates, 4, "source"), UsageError);
  coordinates.push_back(nan);
  EXPECT_THROW(require_moved(coordinates, 4, "source"), InputError);
}

/// Checks of a geometry, whose points are these.
std::string refusal(const Kernel& kernel, const Options& options, const CallerPoints& points) {
  return sentence<UsageError>([&] { check_arguments(MPI_COMM_SELF, kernel, options, &points); });
}

TEST(Checks, CoordinatesAreTriplesOfNumbers) {
  const Kernel kernel = make_kernel("laplace");
  const std::vector<double> good(6, 0.5), short_one(5, 0.5), bad{0.0, 0.0, nan};
  EXPECT_NO_THROW(check_arguments(MPI_COMM_SELF, kernel, {}, nullptr));
  EXPECT_EQ(refusal(kernel, {}, {good, good, false}), "");
  EXPECT_THAT(refusal(kernel, {}, {short_one, good, false}), HasSubstr("sources must be triples"));
  EXPECT_THAT(refusal(kernel, {}, {good, short_one, false}), HasSubstr("targets must be triples"));
  EXPECT_EQ(refusal(kernel, {}, {good, short_one, true}), "") << "targets are not looked at";
  const CallerPoints bad_sources{bad, {}, true}, bad_targets{good, bad, false};
  EXPECT_THROW(check_arguments(MPI_COMM_SELF, kernel, {}, &bad_sources), InputError);
  EXPECT_THROW(check_arguments(MPI_COMM_SELF, kernel, {}, &bad_targets), InputError);
}

TEST(Checks, KernelsAndOptionsAreChecked) {
  const std::vector<double> points(6, 0.5);
  EXPECT_THAT(refusal(Kernel{}, {}, {points, {}, true}), HasSubstr("kernel is empty"));
  Kernel half = make_kernel("laplace");
  half.add_sums = {};
  EXPECT_THAT(refusal(half, {}, {points, {}, true}), HasSubstr("kernel is empty"));
  EXPECT_NE(refusal(make_kernel("laplace"), {.order = 17}, {points, {}, true}), "");
  EXPECT_THROW(check_arguments(MPI_COMM_SELF, make_kernel("laplace"), {.order = 1}, nullptr), UsageError);
}

}
}
