// SPDX-License-Identifier: BSD-3-Clause
// Sums of layers in one pass: MATNEARFAR against dense matrices of plain sums, which know neither the names of sums nor
// their transposes.
#include <gtest/gtest.h>

#include "support/family_problem.hpp"

namespace nearfar {
namespace {

using Complex = std::complex<double>;

/// Names with coefficients, which are added up.
using Sum = std::vector<std::pair<Complex, std::string>>;

/// A problem whose kinds and fields are one sum each, beside the one where they stand side by side.
struct SumProblem {
  FamilyProblem apart;
  Sum kinds, fields;
  std::string kinds_text, fields_text;
  int components = 1;       ///< of each kind, and of each field
  bool is_complex = false;  ///< in pairs

  [[nodiscard]] Owned<Mat> nearfar(PetscInt order, PetscInt points_per_leaf) const {
    FamilyProblem problem = apart;
    problem.choice.source_kinds = {kinds_text};
    problem.choice.fields = {fields_text};
    return problem.nearfar(order, points_per_leaf);
  }

  /// coefficient * `value`, a real matrix where numbers are pairs.
  [[nodiscard]] static double times(Complex coefficient, int row, int column) {
    if (row == column) return coefficient.real();
    return row < column ? -coefficient.imag() : coefficient.imag();
  }

  /// [component][column] of one target and source.
  [[nodiscard]] std::vector<double> block(std::size_t target, std::size_t source) const {
    const std::vector<double> all = apart.block(target, source);
    const int dim = components, parts = is_complex ? 2 : 1, width = dim * static_cast<int>(kinds.size());
    std::vector<double> sum(static_cast<std::size_t>(dim * dim), 0.0);
    const auto entry = [&](std::size_t field, int i, std::size_t kind, int j) {
      return all[static_cast<std::size_t>((static_cast<int>(field) * dim + i) * width + static_cast<int>(kind) * dim +
                                          j)];
    };
    for (std::size_t f = 0; f < fields.size(); ++f)
      for (std::size_t k = 0; k < kinds.size(); ++k)
        for (int i = 0; i < dim; ++i)
          for (int j = 0; j < dim; ++j)
            for (int m = 0; m < parts; ++m)
              for (int n = 0; n < parts; ++n) {
                const int row = i / parts * parts, column = j / parts * parts;
                sum[static_cast<std::size_t>(i * dim + j)] += times(fields[f].first, i % parts, m) *
                                                              entry(f, row + m, k, column + n) *
                                                              times(kinds[k].first, n, j % parts);
              }
    return sum;
  }

  [[nodiscard]] Owned<Mat> dense() const {
    Owned<Mat> mat;
    CALL(MatCreateDense(PETSC_COMM_WORLD, apart.num_targets() * components, apart.num_sources() * components,
                        PETSC_DETERMINE, PETSC_DETERMINE, nullptr, &mat));
    PetscInt begin = 0, end = 0;
    CALL(MatGetOwnershipRange(mat, &begin, &end));
    std::vector<PetscInt> rows(static_cast<std::size_t>(components)), columns(rows);
    for (PetscInt t = begin / components; t < end / components; ++t) {
      for (std::size_t s = 0; s < apart.all_sources.size() / 3; ++s) {
        for (int i = 0; i < components; ++i) {
          rows[static_cast<std::size_t>(i)] = t * components + i;
          columns[static_cast<std::size_t>(i)] = static_cast<PetscInt>(s) * components + i;
        }
        const std::vector<double> values = block(static_cast<std::size_t>(t), s);
        CALL(MatSetValues(mat, components, rows.data(), components, columns.data(), values.data(), INSERT_VALUES));
      }
    }
    CALL(MatAssemblyBegin(mat, MAT_FINAL_ASSEMBLY));
    CALL(MatAssemblyEnd(mat, MAT_FINAL_ASSEMBLY));
    return mat;
  }
};

[[nodiscard]] SumProblem sum_problem(const char* kernel, const Sum& kinds, const std::string& kinds_text,
                                     const Sum& fields, const std::string& fields_text, std::size_t num_points,
                                     std::size_t num_sources = 0) {
  KernelChoice choice{kernel, {}, {}, {}};
  for (const auto& [coefficient, name] : kinds) choice.source_kinds.push_back(name);
  for (const auto& [coefficient, name] : fields) choice.fields.push_back(name);
  if (choice.name == "yukawa") choice.parameters["lambda"] = 2.0;
  if (choice.name == "helmholtz") choice.parameters["k"] = 3.0;
  const bool is_complex = choice.name == "helmholtz";
  const bool same = num_sources == 0;
  return {FamilyProblem(choice, num_points, same ? num_points : num_sources, same),
          kinds,
          fields,
          kinds_text,
          fields_text,
          is_complex ? 2 : (choice.name == "stokes" || choice.name == "elasticity" ? 3 : 1),
          is_complex};
}

[[nodiscard]] std::vector<SumProblem> problems() {
  const Sum layers{{1.0, "charge"}, {-2.5, "dipole"}}, potential{{1.0, "potential"}};
  std::vector<SumProblem> all;
  for (const char* kernel : {"laplace", "yukawa"}) {
    const std::size_t count = all.empty() ? 500 : 250;
    all.push_back(sum_problem(kernel, layers, "charge-2.5*dipole", potential, "potential", count));
    all.push_back(sum_problem(kernel, {{1.0, "charge"}}, "charge", {{0.5, "potential"}, {3.0, "normal_derivative"}},
                              "0.5*potential+3*normal_derivative", count));
    // With the hypersingular operator, between other points.
    all.push_back(sum_problem(kernel, layers, "charge - 2.5 * dipole",
                              {{0.25, "normal_derivative"}, {-1.0, "potential"}}, ".25*normal_derivative-potential",
                              300, 200));
  }
  const Sum velocity{{1.0, "velocity"}};
  all.push_back(
      sum_problem("stokes", {{1.0, "force"}, {0.75, "stresslet"}}, "force+0.75*stresslet", velocity, "velocity", 110));
  all.push_back(sum_problem("stokes", {{2.0, "force"}}, "2*force", {{1.0, "velocity"}, {-0.125, "traction"}},
                            "velocity-125e-3*traction", 110));
  all.push_back(sum_problem("elasticity", {{1.0, "force"}, {0.75, "double_layer"}}, "force+.75*double_layer",
                            {{1.0, "displacement"}, {0.5, "traction"}}, "displacement+0.5*traction", 110));
  all.push_back(sum_problem("helmholtz", {{1.0, "dipole"}, {{0.5, -3.0}, "charge"}}, "dipole+0.5*charge-3i*charge",
                            {{{0.0, 1.0}, "potential"}, {{-2.0, 0.5}, "normal_derivative"}},
                            "1i*potential-2*normal_derivative+0.5i*normal_derivative", 110));
  return all;
}

/// ||A x - B x|| / ||B x||, and of the transposes.
void expect_equal_products(Mat mat, Mat dense, double bound) {
  const auto x = some_vector(mat, false), y = some_vector(mat, true), exact = some_vector(mat, true);
  CALL(MatMult(mat, x, y));
  CALL(MatMult(dense, x, exact));
  EXPECT_LT(difference(y, exact), bound);
  const auto u = some_vector(mat, true, 2), z = some_vector(mat, false), exact_z = some_vector(mat, false);
  CALL(MatMultTranspose(mat, u, z));
  CALL(MatMultTranspose(dense, u, exact_z));
  EXPECT_LT(difference(z, exact_z), bound) << "transposed";
}

void expect_equal_norms(Mat mat, Mat dense, PetscReal slack) {
  for (const NormType type : {NORM_1, NORM_INFINITY}) {
    PetscReal norm = 0.0, exact = 0.0;
    CALL(MatNorm(mat, type, &norm));
    CALL(MatNorm(dense, type, &exact));
    EXPECT_LT(norm, (1.0 + slack) * exact);
    EXPECT_GT(norm, (1.0 - slack) * exact);
  }
}

class SumsOfLayers : public testing::Test {
 protected:
  void SetUp() override {
    int num_ranks = 1;
    CALL(MPI_Comm_size(PETSC_COMM_WORLD, &num_ranks));
    if (num_ranks > 3) GTEST_SKIP() << "shown on 1, 2 and 3 ranks";
  }
  static constexpr double bound = 2e-4;  ///< order 6
};

void expect_transposed(Mat mat, Mat dense, const char* type_of_transpose, double bound) {
  Owned<Mat> transposed, exact;
  CALL(MatTranspose(mat, MAT_INITIAL_MATRIX, &transposed));
  CALL(MatTranspose(dense, MAT_INITIAL_MATRIX, &exact));
  MatType type = nullptr;
  CALL(MatGetType(transposed, &type));
  EXPECT_STREQ(type, type_of_transpose);
  expect_equal_products(transposed, exact, bound);
}

/// All that is made of entries, with a multiple of the identity that all norms show.
void expect_shifted(Mat mat, Mat dense, double bound) {
  PetscReal largest = 0.0;
  CALL(MatNorm(dense, NORM_INFINITY, &largest));
  for (const Mat each : {mat, dense}) CALL(MatShift(each, 5.0 * largest));
  expect_equal_products(mat, dense, bound);
  expect_equal_norms(mat, dense, 0.2);
  const auto diagonal = some_vector(mat, true), exact = some_vector(mat, true);
  CALL(MatGetDiagonal(mat, diagonal));
  CALL(MatGetDiagonal(dense, exact));
  EXPECT_LT(difference(diagonal, exact), 1e-14);

  Owned<Mat> near_field;
  CALL(MatNearfarSetNearCutoff(mat, 4.0));
  CALL(MatNearfarSetPointsPerLeaf(mat, 1000));  // one leaf: all pairs are near
  CALL(MatNearfarGetNearField(mat, &near_field));
  for (const Mat each : {static_cast<Mat>(near_field), dense}) CALL(MatShift(each, -5.0 * largest));
  EXPECT_LT(difference(near_field, dense), 1e-12);
}

TEST_F(SumsOfLayers, AreTheDenseMatricesWithTransposesAndMultiplesOfTheIdentity) {
  for (const SumProblem& problem : problems()) {
    SCOPED_TRACE(problem.apart.choice.name + ": " + problem.kinds_text + " to " + problem.fields_text);
    const auto mat = problem.nearfar(6, 30);
    const auto dense = problem.dense();
    PetscInt rows = 0, columns = 0;
    CALL(MatGetBlockSizes(mat, &rows, &columns));
    EXPECT_EQ(rows, problem.components);
    EXPECT_EQ(columns, problem.components);
    expect_equal_products(mat, dense, bound);
    expect_transposed(mat, dense, problem.is_complex ? MATTRANSPOSEVIRTUAL : MATNEARFAR, bound);
    if (problem.apart.same) expect_shifted(mat, dense, bound);
  }
}

TEST_F(SumsOfLayers, AreRefusedWithASentence) {
  const FamilyProblem problem({"laplace", {"charge"}, {"potential"}, {}}, 50, 50, true);
  const auto mat = problem.nearfar();
  const QuietErrors quiet;
  for (const char* text : {"charge+vector_dipole", "charge+2*", "2charge", "charge+1i*dipole", "charge*2",
                           "charge+dipol", "1e999*charge", "charge,charge+0*charge", "+", "charge dipole+charge"})
    EXPECT_NE(MatNearfarSetSourceKind(mat, text), 0) << text;
  const char* kinds = nullptr;
  CALL(MatNearfarGetSourceKind(mat, &kinds));
  EXPECT_STREQ(kinds, "charge");
  CALL(MatNearfarSetSourceKind(mat, " - .5*dipole + charge + 2*charge"));
  CALL(MatNearfarGetSourceKind(mat, &kinds));
  EXPECT_STREQ(kinds, "-0.5*dipole+3*charge");
}

}
}
