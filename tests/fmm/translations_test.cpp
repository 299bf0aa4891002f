// SPDX-License-Identifier: BSD-3-Clause
// Operators are made once for each kernel, order and cube, and used again for any points.
#include "fmm/translations.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "support/test_kernels.hpp"

namespace nearfar {
namespace {

RootCube cube_of_side(double side, double corner = 0.0) {
  return make_root_cube({corner, corner, corner}, {corner + side, corner + side, corner + side});
}

Kernel yukawa() { return make_kernel("yukawa", {.lambda = 2.0}); }

Translations made(const Kernel& kernel, int depth, Precision precision = Precision::full) {
  Translations translations;
  translations.order = 2;
  translations.precision = precision;
  translations.make(kernel, cube_of_side(1.0), depth);
  return translations;
}

template <class Scalar>
const LevelSpectra<Scalar>& spectra_of(const Translations& translations) {
  return std::get<LevelSpectra<Scalar>>(translations.spectra);
}

/// Levels of `after` that have the operators, and the spectra, of the same level of `before`.
int num_kept(const Translations& before, const Translations& after) {
  int kept = 0;
  for (std::size_t level = 2; level < std::min(before.operators.size(), after.operators.size()); ++level)
    if (before.operators[level] == after.operators[level] &&
        spectra_of<double>(before)[level - 2] == spectra_of<double>(after)[level - 2])
      ++kept;
  return kept;
}

TEST(Translations, HaveOperatorsAndSpectraOfTheLevelsThatNeedThem) {
  for (const int depth : {0, 1, 2, 5})
    for (const Kernel& kernel : {make_kernel("laplace"), yukawa()}) {
      const Translations translations = made(kernel, depth);
      EXPECT_EQ(translations.operators.size(), usize(depth) + 1);
      EXPECT_EQ(spectra_of<double>(translations).size(), usize(std::max(depth - 1, 0)));
      for (int level = 0; level <= depth; ++level)
        EXPECT_EQ(translations.operators[usize(level)] != nullptr, level >= 2 || kernel.homogeneous) << level;
    }
}

TEST(Translations, OfAHomogeneousKernelAreTheSameOnAllLevels) {
  for (const Kernel& kernel : {make_kernel("laplace"), dipole_kernel(), yukawa()}) {
    const Translations translations = made(kernel, 4);
    for (std::size_t level = 3; level <= 4; ++level) {
      const auto& spectra = spectra_of<double>(translations);
      EXPECT_EQ(translations.operators[level] == translations.operators[2], kernel.homogeneous) << kernel.name;
      EXPECT_EQ(spectra[level - 2] == spectra[0], kernel.homogeneous) << kernel.name;
    }
  }
}

TEST(Translations, AreInFloatsForMixedPrecision) {
  const Translations translations = made(make_kernel("laplace"), 3, Precision::mixed);
  EXPECT_EQ(spectra_of<float>(translations).size(), 2U);
  EXPECT_EQ(spectra_of<float>(translations)[0]->order, 2);
}

/// The kernel is the one of the cube's units, in which all sums are.
TEST(Translations, KeepTheKernelInUnitsOfTheCube) {
  const RootCube root = cube_of_side(1.0);
  const Translations translations = made(yukawa(), 2);
  const double zero = 0.0, at = 0.25 / root.unit, charge = 1.0;
  double potential = 0.0;
  const IndexRange one{0, 1};
  translations.kernel.add_reference_sums({.targets = {&at, &zero, &zero},
                                          .num_targets = 1,
                                          .sources = {&zero, &zero, &zero},
                                          .charges = &charge,
                                          .source_ranges = {&one, 1},
                                          .potentials = &potential});
  EXPECT_NEAR(potential / root.unit, std::exp(-2.0 * 0.25) / (4.0 * M_PI * 0.25), 1e-14);
}

TEST(Translations, AreUsedAgainForAnotherDepth) {
  for (const Kernel& kernel : {make_kernel("laplace"), yukawa()}) {
    const Translations before = made(kernel, 3);
    Translations after = before;
    after.make(kernel, cube_of_side(1.0), 5);
    EXPECT_EQ(after.operators.size(), 6U);
    EXPECT_EQ(spectra_of<double>(after).size(), 4U);
    // The deepest level had no operators between parents and children; M2L's are there.
    EXPECT_EQ(num_kept(before, after), kernel.homogeneous ? 2 : 1) << kernel.name;
    EXPECT_EQ(spectra_of<double>(after)[1], spectra_of<double>(before)[1]);
    EXPECT_GT(after.operators[3]->m2m.size(), 0);
    const Translations deep = after;
    after.make(kernel, cube_of_side(1.0), 2);
    EXPECT_EQ(num_kept(deep, after), 4) << "those of a deeper tree stay";
  }
}

TEST(Translations, AreUsedAgainWhereverACubeOfTheSameSideLies) {
  for (const Kernel& kernel : {make_kernel("laplace"), yukawa()}) {
    const Translations before = made(kernel, 3);
    Translations after = before;
    after.make(kernel, cube_of_side(1.0, 0.5), 3);
    EXPECT_EQ(num_kept(before, after), 2) << kernel.name;
  }
}

/// A cube of another side is another one for a kernel with a length of its own, and only for such a kernel.
TEST(Translations, DependOnTheSideOfTheCubeWhereTheKernelHasALength) {
  // Twice the side is as many units, each of twice the length.
  for (const double side : {2.0, 1.25})
    for (const Kernel& kernel : {make_kernel("laplace"), yukawa()}) {
      const Translations before = made(kernel, 3);
      Translations after = before;
      after.make(kernel, cube_of_side(side), 3);
      EXPECT_EQ(num_kept(before, after), kernel.homogeneous ? 2 : 0) << kernel.name << ' ' << side;
      EXPECT_EQ(after.operators.size(), 4U);
      EXPECT_EQ(spectra_of<double>(after).size(), 2U);
    }
}

/// Levels with operators, and with spectra.
std::vector<int> levels_with_both(const Translations& translations) {
  std::vector<int> levels;
  for (int level = 0; level < size_of(translations.operators); ++level) {
    const bool has_spectra = level >= 2 && spectra_of<double>(translations)[usize(level) - 2] != nullptr;
    EXPECT_EQ(translations.operators[usize(level)] != nullptr, has_spectra) << level;
    if (has_spectra) levels.push_back(level);
  }
  return levels;
}

/// Order 4 has an error of about 3e-4: far fields are nothing where 2 lambda h exceeds 11, that is for h of more than
/// 11 / 400 here.
TEST(Translations, OfStronglyScreenedLevelsDoNotExist) {
  Translations translations;
  translations.order = 4;
  const std::int64_t operators = num_operators_built(), spectra = num_spectra_built();
  translations.make(make_kernel("yukawa", {.lambda = 200.0}), cube_of_side(1.0), 6);
  EXPECT_EQ(levels_with_both(translations), (std::vector{5, 6}));
  EXPECT_EQ(num_operators_built() - operators, 2);
  EXPECT_EQ(num_spectra_built() - spectra, 2);
}

TEST(Translations, DoNotExistWhereNoLevelIsSmallEnough) {
  for (const double lambda : {1e6, 1e300}) {
    Translations translations;
    translations.order = 4;
    const std::int64_t operators = num_operators_built(), spectra = num_spectra_built();
    translations.make(make_kernel("yukawa", {.lambda = lambda}), cube_of_side(1.0), 5);
    EXPECT_EQ(levels_with_both(translations), std::vector<int>());
    EXPECT_EQ(translations.operators.size(), 6U);
    EXPECT_EQ(num_operators_built() - operators, 0);
    EXPECT_EQ(num_spectra_built() - spectra, 0);
  }
}

/// lambda h is 1e-3 / 2^level. Its square is negligible everywhere, six times itself from 3e-5 = 6e-3 / 2^8 on.
TEST(Translations, OfWeaklyScreenedLevelsAreThoseWithoutScreening) {
  for (const bool shared : {true, false}) {
    Kernel kernel = make_kernel("yukawa", {.lambda = 2e-3});
    if (!shared) kernel = without_identity(kernel);
    Translations translations;
    translations.order = 4;
    const std::int64_t operators = num_operators_built(), spectra = num_spectra_built();
    translations.make(kernel, cube_of_side(1.0), 10);
    EXPECT_EQ(num_operators_built() - operators, 1);
    EXPECT_EQ(num_spectra_built() - spectra, 6 + 1);
    for (std::size_t level = 2; level <= 10; ++level) {
      EXPECT_EQ(translations.operators[level], translations.operators[2]);
      EXPECT_EQ(spectra_of<double>(translations)[level - 2] == spectra_of<double>(translations).back(), level >= 8);
    }
    const Translations before = translations;
    translations.make(kernel, cube_of_side(1.0), 12);
    EXPECT_EQ(num_operators_built() - operators, 1) << "the deepest level had the matrices to children already";
    EXPECT_EQ(num_spectra_built() - spectra, 6 + 1);
    EXPECT_EQ(num_kept(before, translations), 9);
  }
}

/// Half-made operators are not taken for whole ones.
TEST(Translations, AreMadeAnewAfterAFailure) {
  bool fails = false;
  Kernel kernel = yukawa();
  kernel.in_units_of = [&fails, whole = yukawa()](double length) {
    Kernel scaled = whole.in_units_of(length);
    scaled.in_units_of = [&fails, scaled](double further) {
      if (fails) throw std::runtime_error("no kernel");
      return scaled.in_units_of(further);
    };
    return scaled;
  };
  Translations translations = made(kernel, 3);
  fails = true;
  EXPECT_THROW(translations.make(kernel, cube_of_side(1.25), 3), std::runtime_error);
  fails = false;
  translations.make(kernel, cube_of_side(1.0), 3);
  const Translations wanted = made(kernel, 3);
  ASSERT_EQ(translations.operators.size(), 4U);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto &values = spectra_of<double>(translations)[i]->values, &expected = spectra_of<double>(wanted)[i]->values;
    ASSERT_EQ(values.size(), expected.size());
    EXPECT_EQ(std::memcmp(values.data(), expected.data(), values.size() * sizeof(values[0])), 0) << i;
  }
}

}
}
