// SPDX-License-Identifier: BSD-3-Clause
#include "faults/actions.hpp"

#include <hdf5.h>
#include <petscmat.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <stdexcept>

#include "comm/mpi.hpp"
#include "faults/fault.hpp"
#include "io/output_file.hpp"
#include "io/particles.hpp"
#include "io/vtk.hpp"
#include "nearfar/petsc.h"
#include "nearfar/plan.hpp"

namespace nearfar::faults {
namespace {

const Options options{.order = 3, .points_per_leaf = 10};

/// Some points of each rank; FAULT_POINTS in the environment says how many.
struct Cloud {
  std::vector<double> points, charges;

  Cloud() {
    const char* const number = std::getenv("FAULT_POINTS");
    const std::size_t count = number == nullptr ? 60 : static_cast<std::size_t>(std::atoll(number));
    std::mt19937_64 generator(static_cast<std::uint64_t>(rank_of(MPI_COMM_WORLD)) + 1);
    std::uniform_real_distribution<double> coordinate(0.0, 1.0);
    for (std::size_t i = 0; i < 3 * count; ++i) points.push_back(coordinate(generator));
    charges.assign(count, 1.0);
  }
  [[nodiscard]] std::size_t size() const { return charges.size(); }
};

void require_positive(const std::vector<double>& values) {
  for (const double value : values)
    if (!(value > 0.0)) throw std::logic_error("a potential is not positive");
}

/// A plan and the caller's arrays, for an action that begins when all of it is there: the caller's own memory is not
/// what runs out.
struct Made {
  Cloud cloud;
  Kernel kernel = make_kernel("laplace");
  Plan plan{MPI_COMM_WORLD, kernel, cloud.points, options};
  std::vector<double> potentials = std::vector<double>(cloud.size()), gradients = std::vector<double>(3 * cloud.size());
  std::vector<double> several = std::vector<double>(3 * cloud.size(), 1.0), of_several = several;
};

[[nodiscard]] Action with_plan(const std::string& name, const std::function<void(Made&)>& use) {
  return {name, [use]() -> std::function<void()> {
            auto made = std::make_shared<Made>();
            return [made, use] { use(*made); };
          }};
}

[[nodiscard]] std::string file_of(const std::string& end) { return fault_folder() + "/faults" + end; }

[[nodiscard]] Particles some_particles() {
  const Cloud cloud;
  Particles particles;
  particles.sources = cloud.points;
  particles.charges = cloud.charges;
  return particles;
}

void require_read(const Particles& particles) {
  if (particles.num_sources != 20) throw std::logic_error("not all points were read");
}

[[nodiscard]] Action reading(const std::string& name, const std::string& end, const std::string& content) {
  return {name, [end, content]() -> std::function<void()> {
            const std::string path = file_of(end);
            if (rank_of(MPI_COMM_WORLD) == 0) std::ofstream(path) << content;
            MPI_Barrier(MPI_COMM_WORLD);
            return [path, needs = ParticleNeeds{1}] { require_read(read_particles(MPI_COMM_WORLD, path, needs)); };
          }};
}

[[nodiscard]] std::string rows_of_text() {
  std::string text;
  for (int i = 0; i < 20; ++i) text += std::to_string(i) + ", 0.5 ,1e-3," + std::to_string(i) + "\n";
  return text;
}

void require(PetscErrorCode code) {
  if (code != 0) throw std::runtime_error("PETSc's error " + std::to_string(code));
}

struct Matrix {
  Mat mat = nullptr;
  ~Matrix() { MatDestroy(&mat); }
  void make(const Cloud& cloud) {
    const auto rows = static_cast<PetscInt>(cloud.charges.size());
    require(MatCreateNearfar(MPI_COMM_WORLD, rows, rows, PETSC_DETERMINE, PETSC_DETERMINE, cloud.points.data(),
                             cloud.points.data(), "laplace", &mat));
  }
  void multiply() const {
    Vec x = nullptr, y = nullptr;
    require(MatCreateVecs(mat, &x, &y));
    require(VecSet(x, 1.0));
    const PetscErrorCode code = MatMult(mat, x, y);
    VecDestroy(&x);
    VecDestroy(&y);
    require(code);
  }
};

[[nodiscard]] std::function<void()> multiply_prepared() {
  const Cloud cloud;
  auto matrix = std::make_shared<Matrix>();
  matrix->make(cloud);
  matrix->multiply();
  return [matrix] { matrix->multiply(); };
}

[[nodiscard]] std::vector<Action> make_actions() {
  return {
      {"set_up",
       [] {
         return [cloud = Cloud(), kernel = make_kernel("laplace")] {
           const Plan plan(MPI_COMM_WORLD, kernel, cloud.points, options);
         };
       }},
      {"set_up_targets",
       [] {
         return [cloud = Cloud(), kernel = make_kernel("yukawa", {.lambda = 2.0})] {
           const Plan plan(MPI_COMM_WORLD, kernel, cloud.points, cloud.points, options);
         };
       }},
      with_plan("apply",
                [](Made& made) {
                  made.plan.apply(made.cloud.charges, made.potentials, made.gradients);
                  require_positive(made.potentials);
                }),
      with_plan("apply_several",
                [](Made& made) {
                  made.plan.apply(made.several, made.of_several, {}, 3);
                  require_positive(made.of_several);
                }),
      with_plan("update", [](Made& made) { made.plan.update_points(made.cloud.points); }),
      with_plan("numbers", [](Made& made) { (void)made.plan.source_numbers(); }),
      with_plan("near_field", [](Made& made) { made.plan.visit_near_field([](const NearRow&) {}); }),
      with_plan("expansions", [](Made& made) { (void)made.plan.multipoles(); }),
      with_plan("communication", [](Made& made) { (void)made.plan.communication(); }),
      with_plan("sampled_error",
                [](Made& made) {
                  (void)sampled_error(MPI_COMM_WORLD, made.kernel,
                                      {made.cloud.points, made.cloud.charges, made.cloud.points, made.potentials}, 20);
                }),
      reading("read_text", ".csv", rows_of_text()),
      {"read_hdf5",
       []() -> std::function<void()> {
         write_particles(MPI_COMM_WORLD, file_of(".h5"), some_particles(), {1});
         return
             [path = file_of(".h5"), needs = ParticleNeeds{1}] { (void)read_particles(MPI_COMM_WORLD, path, needs); };
       }},
      {"write_hdf5",
       [] {
         return [particles = some_particles(), path = file_of("_out.h5"), needs = ParticleNeeds{1}] {
           write_particles(MPI_COMM_WORLD, path, particles, needs);
         };
       },
       [] {
         const Particles written = read_particles(MPI_COMM_WORLD, file_of("_out.h5"), {1});
         require_positive(written.charges);
         if (written.num_sources != all_sum(MPI_COMM_WORLD, std::int64_t{size_of(Cloud().charges)}))
           throw std::logic_error("not all points were written");
       }},
      {"write_vtk",
       [] {
         auto cloud = std::make_shared<Cloud>();
         return [cloud, path = file_of("_out.hdf"), fields = std::vector<VtkField>{{"charge", 1, cloud->charges}}] {
           write_vtk_points(MPI_COMM_WORLD, path, cloud->points, fields);
         };
       },
       [] {
         if (H5Fis_hdf5(file_of("_out.hdf").c_str()) <= 0) throw std::logic_error("what was written is not HDF5");
       }},
      {"write_text",
       [] { return [path = file_of("_out.txt"), text = rows_of_text()] { write_text(MPI_COMM_WORLD, path, text); }; },
       [] {
         std::ifstream file(file_of("_out.txt"));
         const std::string content{std::istreambuf_iterator<char>(file), {}};
         if (content != rows_of_text()) throw std::logic_error("the text is not whole");
       }},
      {"mat_set_up",
       [] {
         return [cloud = Cloud()] {
           Matrix matrix;
           matrix.make(cloud);
           matrix.multiply();
         };
       }},
      {"mat_mult", multiply_prepared},
  };
}
}

const std::vector<Action>& all_actions() {
  static const std::vector<Action> actions = make_actions();
  return actions;
}
}
