// SPDX-License-Identifier: BSD-3-Clause
// nearfar_endurance POINTS ACTION=COUNT...: does something many times with so many points on each rank: "plans",
// "applies", "updates" (an apply after each), "matrices" (MatCreateNearfar, MatMult, MatDestroy). After the first ten
// times, or a tenth of them, resident memory must not grow by more than ENDURANCE_GROWTH in the environment says
// (0.01), and potentials of plans must be those of a direct sum in the end. Exits with 1 if one of these fails on a
// rank.
#include <mpi.h>
#include <petscmat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "comm/mpi.hpp"
#include "io/hdf5_end.hpp"
#include "nearfar/petsc.h"
#include "nearfar/plan.hpp"
#include "nearfar/sampled_error.hpp"

namespace nearfar {
namespace {

constexpr double largest_error = 1e-3;  // of order 4
const Options options{.order = 4, .points_per_leaf = 30};

/// Pages of this process that are in memory.
[[nodiscard]] double resident_pages() {
  std::ifstream status("/proc/self/statm");
  double all = 0.0, resident = 0.0;
  status >> all >> resident;
  return resident;
}

struct Problem {
  Kernel kernel = make_kernel("laplace");
  std::vector<double> points, moved, charges, potentials, gradients;

  explicit Problem(std::size_t count) : charges(count), potentials(count), gradients(3 * count) {
    std::mt19937_64 generator(static_cast<std::uint64_t>(rank_of(MPI_COMM_WORLD)) + 1);
    std::uniform_real_distribution<double> coordinate(0.0, 1.0);
    for (std::size_t i = 0; i < 3 * count; ++i) points.push_back(coordinate(generator));
    for (double& charge : charges) charge = 1.0 + coordinate(generator);
    moved = points;
  }

  void move(int step) {
    for (std::size_t i = 0; i < points.size(); ++i) moved[i] = points[i] * (1.0 + 0.1 * std::sin(step + points[i]));
  }

  /// Throws unless the potentials are right.
  void check(const std::vector<double>& at) const {
    const SampledError error = sampled_error(MPI_COMM_WORLD, kernel, {at, charges, at, potentials}, 20);
    if (!(error.potential_rel_l2 < largest_error))
      throw std::runtime_error("an error of " + std::to_string(error.potential_rel_l2));
  }
};

void require(PetscErrorCode code) {
  if (code != 0) throw std::runtime_error("PETSc's error " + std::to_string(code));
}

void live_as_matrix(const Problem& problem) {
  const auto rows = static_cast<PetscInt>(problem.charges.size());
  Mat mat = nullptr;
  Vec x = nullptr, y = nullptr;
  require(MatCreateNearfar(MPI_COMM_WORLD, rows, rows, PETSC_DETERMINE, PETSC_DETERMINE, problem.points.data(), nullptr,
                           "laplace", &mat));
  require(MatCreateVecs(mat, &x, &y));
  require(VecSet(x, 1.0));
  require(MatMult(mat, x, y));
  PetscReal least = 0.0;
  require(VecMin(y, nullptr, &least));
  if (!(least > 0.0)) throw std::runtime_error("a product that is not positive");
  require(VecDestroy(&x));
  require(VecDestroy(&y));
  require(MatDestroy(&mat));
}

/// Whether memory stays as it is on all ranks.
[[nodiscard]] bool repeat(const std::string& name, int count, const std::function<void(int)>& action) {
  const char* const given = std::getenv("ENDURANCE_GROWTH");
  const double growth = given == nullptr ? 0.01 : std::atof(given);
  const int first = std::min(10, std::max(1, count / 10));
  for (int i = 0; i < first; ++i) action(i);
  const double before = resident_pages();
  for (int i = first; i < count; ++i) action(i);
  const double after = resident_pages();
  const double grown = all_max(MPI_COMM_WORLD, before > 0.0 ? after / before - 1.0 : 0.0);
  if (rank_of(MPI_COMM_WORLD) == 0)
    std::printf("%d %s: %.0f pages before, %.0f after; on the worst rank %+.2f %%\n", count, name.c_str(), before,
                after, 100.0 * grown);
  std::fflush(stdout);
  return grown <= growth;
}

[[nodiscard]] bool run(Problem& problem, const std::string& name, int count) {
  if (name == "plans") {
    const bool is_steady = repeat(name, count, [&](int) {
      Plan plan(MPI_COMM_WORLD, problem.kernel, problem.points, options);
      plan.apply(problem.charges, problem.potentials, problem.gradients);
    });
    problem.check(problem.points);
    return is_steady;
  }
  if (name == "matrices") return repeat(name, count, [&](int) { live_as_matrix(problem); });
  if (name != "applies" && name != "updates") throw std::runtime_error("no action " + name);
  Plan plan(MPI_COMM_WORLD, problem.kernel, problem.points, options);
  problem.moved = problem.points;
  const bool is_steady = repeat(name, count, [&](int i) {
    if (name == "updates") {
      problem.move(i);
      plan.update_points(problem.moved);
    }
    plan.apply(problem.charges, problem.potentials,
               i % 2 == 0 ? std::span<double>(problem.gradients) : std::span<double>());
  });
  problem.check(problem.moved);
  return is_steady;
}

[[nodiscard]] int run_all(int argc, char** argv) {
  if (argc < 3) throw std::runtime_error("usage: nearfar_endurance POINTS ACTION=COUNT...");
  Problem problem(static_cast<std::size_t>(std::atoll(argv[1])));
  int result = 0;
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i];
    const std::size_t sign = word.find('=');
    const int count = sign == std::string::npos ? 0 : std::atoi(word.c_str() + sign + 1);
    if (count < 1) throw std::runtime_error("'" + word + "' is not ACTION=COUNT");
    if (!run(problem, word.substr(0, sign), count)) result = 1;
  }
  return result;
}

}
}

int main(int argc, char** argv) {
  nearfar::keep_hdf5_up();
  int provided = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
  PetscInitialize(nullptr, nullptr, nullptr, nullptr);
  int result = 1;
  try {
    result = nearfar::run_all(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "endurance: rank %d: %s\n", nearfar::rank_of(MPI_COMM_WORLD), error.what());
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  PetscFinalize();
  MPI_Finalize();
  return result;
}
