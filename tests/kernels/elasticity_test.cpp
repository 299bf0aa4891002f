// SPDX-License-Identifier: BSD-3-Clause
// Elasticity: its limit at nu = 1/2, its parameters, and what it refuses.
#include <gtest/gtest.h>

#include "nearfar/error.hpp"
#include "nearfar/families.hpp"
#include "support/pair_matrix.hpp"

namespace nearfar {
namespace {

const Place target{{0.3, -0.2, 0.5}, {0.6, 0.0, 0.8}}, source{{-0.4, 0.7, 0.1}, {0.0, -0.6, 0.8}};

[[nodiscard]] std::vector<double> solid(const char* kind, const char* field, double mu, double nu) {
  return matrix_of(make_kernel({"elasticity", {kind}, {field}, {{"mu", mu}, {"nu", nu}}}), target, source);
}

TEST(Elasticity, IsStokesFlowAtHalf) {
  // Times 1 + kappa, displacements are linear in kappa = 1 / (3 - 4 nu), which is 1 at nu = 1/2.
  const double a = 1.0 / (3.0 - 4.0 * -0.5), b = 1.0 / (3.0 - 4.0 * 0.4);
  const auto expect_limit = [&](const char* kind, const KernelChoice& flow, double factor) {
    const auto first = solid(kind, "displacement", 1.0, -0.5), second = solid(kind, "displacement", 1.0, 0.4);
    const auto limit = matrix_of(make_kernel(flow), target, source);
    for (std::size_t i = 0; i < 9; ++i)
      EXPECT_NEAR(0.5 * ((1.0 + a) * first[i] * (b - 1.0) + (1.0 + b) * second[i] * (1.0 - a)) / (b - a),
                  factor * limit[i], 1e-15)
          << kind << i;
  };
  expect_limit("force", {"stokeslet"}, 1.0);
  expect_limit("double_layer", {"stokes", {"stresslet"}, {}, {}}, -1.0);
}

TEST(Elasticity, ShearModulusOnlyScales) {
  const double mu = 8.0;  // exact in floating point
  const auto expect_factor = [&](const char* kind, const char* field, double factor) {
    const auto of_one = solid(kind, field, 1.0, 0.3), of_mu = solid(kind, field, mu, 0.3);
    for (std::size_t i = 0; i < of_one.size(); ++i) EXPECT_EQ(of_mu[i], factor * of_one[i]) << kind << field << i;
  };
  expect_factor("force", "displacement", 1.0 / mu);
  expect_factor("force", "stress", 1.0);
  expect_factor("double_layer", "displacement", 1.0);
  expect_factor("double_layer", "traction", mu);
}

TEST(Elasticity, TractionsAreStressesTimesNormals) {
  const auto stress = solid("double_layer", "stress", 2.0, 0.2), traction = solid("double_layer", "traction", 2.0, 0.2);
  constexpr std::size_t place[3][3] = {{0, 1, 2}, {1, 3, 4}, {2, 4, 5}};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      double sum = 0.0;
      for (std::size_t l = 0; l < 3; ++l) sum += stress[3 * place[i][l] + j] * target.normal[l];
      EXPECT_NEAR(traction[3 * i + j], sum, 1e-15);
    }
  }
}

TEST(Elasticity, RefusesWhatIsNoSolid) {
  const auto message = [](const std::string& parameter, double value) -> std::string {
    try {
      (void)make_kernel({"elasticity", {}, {}, {{parameter, value}}});
    } catch (const UsageError& error) {
      return error.what();
    }
    return {};
  };
  for (const double nu : {0.5, 0.495, -1.0, -2.0})
    EXPECT_NE(message("nu", nu).find("nu of the elasticity kernel is"), std::string::npos) << nu;
  EXPECT_NE(message("nu", 0.5).find("those of stokes"), std::string::npos);
  for (const double mu : {0.0, -1.0}) EXPECT_NE(message("mu", mu).find("mu of the elasticity"), std::string::npos);
  EXPECT_EQ(message("nu", 0.49) + message("nu", -0.9), "");
}

}
}
