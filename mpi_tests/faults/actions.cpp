// SPDX-License-Identifier: BSD-3-Clause
#include "faults/actions.hpp"

#include <hdf5.h>
#include <petscmat.h>

#include <algorithm>
#include <array>
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
#include "io/rows.hpp"
#include "io/vtk.hpp"
#include "nearfar/petsc.h"
#include "nearfar/plan.hpp"
#include "support/numpy_files.hpp"

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

/// An action on something that is there when it begins: the caller's own memory is not what runs out.
template <class Subject>
[[nodiscard]] Action on(const std::string& name, const std::function<void(Subject&)>& use,
                        const std::function<void()>& check = {}) {
  const auto prepare = [use]() -> std::function<void()> {
    auto subject = std::make_shared<Subject>();
    return [subject, use] { use(*subject); };
  };
  return {name, prepare, check};
}

/// Points and kernels of plans.
struct Given {
  Cloud cloud;
  Kernel laplace = make_kernel("laplace"), yukawa = make_kernel("yukawa", {.lambda = 2.0});
};

/// A plan and the caller's arrays.
struct Made {
  Cloud cloud;
  Kernel kernel = make_kernel("laplace");
  Plan plan{MPI_COMM_WORLD, kernel, cloud.points, options};
  std::vector<double> potentials = std::vector<double>(cloud.size()), gradients = std::vector<double>(3 * cloud.size());
  std::vector<double> several = std::vector<double>(3 * cloud.size(), 1.0), of_several = several;
};

[[nodiscard]] std::vector<Action> actions_of_plans() {
  return {
      on<Given>("set_up",
                [](Given& given) { const Plan plan(MPI_COMM_WORLD, given.laplace, given.cloud.points, options); }),
      on<Given>("set_up_targets",
                [](Given& given) {
                  const Plan plan(MPI_COMM_WORLD, given.yukawa, given.cloud.points, given.cloud.points, options);
                }),
      on<Made>("apply",
               [](Made& made) {
                 made.plan.apply(made.cloud.charges, made.potentials, made.gradients);
                 require_positive(made.potentials);
               }),
      on<Made>("apply_several",
               [](Made& made) {
                 made.plan.apply(made.several, made.of_several, {}, 3);
                 require_positive(made.of_several);
               }),
      on<Made>("update", [](Made& made) { made.plan.update_points(made.cloud.points); }),
      on<Made>("numbers", [](Made& made) { (void)made.plan.source_numbers(); }),
      on<Made>("near_field", [](Made& made) { made.plan.visit_near_field([](const NearRow&) {}); }),
      on<Made>("expansions", [](Made& made) { (void)made.plan.multipoles(); }),
      on<Made>("communication", [](Made& made) { (void)made.plan.communication(); }),
      on<Made>("sampled_error",
               [](Made& made) {
                 (void)sampled_error(MPI_COMM_WORLD, made.kernel,
                                     {made.cloud.points, made.cloud.charges, made.cloud.points, made.potentials}, 20);
               }),
  };
}

[[nodiscard]] std::string file_of(const std::string& end) { return fault_folder() + "/faults" + end; }

/// What every file that is read holds: 20 rows of a point and its charge.
[[nodiscard]] std::array<double, 4> row_of_file(std::int64_t row) {
  return {static_cast<double>(row), 0.5, 1e-3, static_cast<double>(row)};
}
constexpr std::int64_t rows_of_file = 20;

[[nodiscard]] std::string rows_of_text() {
  std::string text;
  for (int i = 0; i < rows_of_file; ++i) text += std::to_string(i) + ", 0.5 ,1e-3," + std::to_string(i) + "\n";
  return text;
}

/// As numpy.save writes it: some columns of each row.
[[nodiscard]] std::string numpy_array(std::size_t first_column, std::size_t num_columns) {
  std::vector<double> values;
  for (std::int64_t row = 0; row < rows_of_file; ++row)
    for (std::size_t column = 0; column < num_columns; ++column)
      values.push_back(row_of_file(row)[first_column + column]);
  std::string shape("(");
  shape.append(std::to_string(rows_of_file)).append(",");
  if (num_columns > 1) shape.append(std::to_string(num_columns));
  return testing_support::npy<double>("<f8", shape.append(")"), values);
}

void require_read(const Particles& particles) {
  const RowRange own = rows_of_rank(rows_of_file, rank_of(MPI_COMM_WORLD), size_of_communicator(MPI_COMM_WORLD));
  bool equal = particles.num_sources == rows_of_file && size_of(particles.charges) == own.size();
  for (std::int64_t i = 0; equal && i < own.size(); ++i) {
    const std::array<double, 4> row = row_of_file(own.begin + i);
    equal = std::equal(row.begin(), row.begin() + 3, particles.sources.begin() + 3 * i) &&
            particles.charges[static_cast<std::size_t>(i)] == row[3];
  }
  if (!equal) throw std::logic_error("what was read is not what the file holds");
}

[[nodiscard]] Action reading(const std::string& name, const std::string& end, const std::string& content) {
  return {name, [end, content]() -> std::function<void()> {
            const std::string path = file_of(end);
            if (rank_of(MPI_COMM_WORLD) == 0) std::ofstream(path, std::ios::binary) << content;
            MPI_Barrier(MPI_COMM_WORLD);
            return [path, needs = ParticleNeeds{1}] { require_read(read_particles(MPI_COMM_WORLD, path, needs)); };
          }};
}

[[nodiscard]] std::vector<Action> actions_of_reading() {
  std::vector<Action> actions{
      reading("read_text", ".csv", rows_of_text()),
      {"read_hdf5",
       []() -> std::function<void()> {
         Particles particles;
         const RowRange own = rows_of_rank(rows_of_file, rank_of(MPI_COMM_WORLD), size_of_communicator(MPI_COMM_WORLD));
         for (std::int64_t i = own.begin; i < own.end; ++i) {
           const std::array<double, 4> row = row_of_file(i);
           particles.sources.insert(particles.sources.end(), row.begin(), row.begin() + 3);
           particles.charges.push_back(row[3]);
         }
         write_particles(MPI_COMM_WORLD, file_of(".h5"), particles, {1});
         return [path = file_of(".h5"), needs = ParticleNeeds{1}] {
           require_read(read_particles(MPI_COMM_WORLD, path, needs));
         };
       }},
      reading("read_npy", ".npy", numpy_array(0, 4)),
  };
#ifdef NEARFAR_LIBZIP
  const std::vector<std::pair<std::string, std::string>> arrays{{"sources.npy", numpy_array(0, 3)},
                                                                {"source_densities.npy", numpy_array(3, 1)}};
  actions.push_back(reading("read_npz", "_stored.npz", testing_support::zip(arrays)));
  actions.push_back(reading("read_npz_deflated", "_deflated.npz", testing_support::zip(arrays, true)));
#endif
  return actions;
}

/// What is written: of each rank, and as a whole.
struct Content {
  Cloud cloud;
  Particles particles;
  std::vector<VtkField> fields{{"charge", 1, cloud.charges}};
  std::string text = rows_of_text();

  Content() {
    particles.sources = cloud.points;
    particles.charges = cloud.charges;
  }
};

[[nodiscard]] std::vector<Action> actions_of_writing() {
  return {
      on<Content>(
          "write_hdf5",
          [](Content& content) { write_particles(MPI_COMM_WORLD, file_of("_out.h5"), content.particles, {1}); },
          [] {
            const Particles written = read_particles(MPI_COMM_WORLD, file_of("_out.h5"), {1});
            if (written.num_sources != all_sum(MPI_COMM_WORLD, std::int64_t{size_of(Cloud().charges)}))
              throw std::logic_error("not all points were written");
            if (written.sources != Cloud().points || written.charges != Cloud().charges)
              throw std::logic_error("other numbers were written");
          }),
      on<Content>(
          "write_vtk",
          [](Content& content) {
            write_vtk_points(MPI_COMM_WORLD, file_of("_out.hdf"), content.cloud.points, content.fields);
          },
          [] {
            if (H5Fis_hdf5(file_of("_out.hdf").c_str()) <= 0) throw std::logic_error("what was written is not HDF5");
          }),
      on<Content>(
          "write_text", [](Content& content) { write_text(MPI_COMM_WORLD, file_of("_out.txt"), content.text); },
          [] {
            std::ifstream file(file_of("_out.txt"));
            const std::string content{std::istreambuf_iterator<char>(file), {}};
            if (content != rows_of_text()) throw std::logic_error("the text is not whole");
          }),
  };
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

struct UsedMatrix : Matrix {
  UsedMatrix() {
    make(Cloud());
    multiply();
  }
};

[[nodiscard]] std::vector<Action> actions_of_matrices() {
  return {
      on<Cloud>("mat_set_up",
                [](Cloud& cloud) {
                  Matrix matrix;
                  matrix.make(cloud);
                  matrix.multiply();
                }),
      on<UsedMatrix>("mat_mult", [](UsedMatrix& matrix) { matrix.multiply(); }),
  };
}

}

const std::vector<Action>& all_actions() {
  static const std::vector<Action> actions = [] {
    std::vector<Action> all;
    for (const auto& part : {actions_of_plans(), actions_of_reading(), actions_of_writing(), actions_of_matrices()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return actions;
}
}
