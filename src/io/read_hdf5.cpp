// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "comm/mpi.hpp"
#include "io/hdf5_dataset.hpp"
#include "io/plain_input.hpp"
#include "io/readers.hpp"
#include "io/table.hpp"

namespace nearfar {
namespace {

class Hdf5Rows : public Dataset {
 public:
  Hdf5Rows(Hdf5Dataset dataset, std::size_t slab_bytes)
      : Dataset(dataset.where, dataset.extents), dataset_(std::move(dataset)), slab_bytes_(slab_bytes) {}

  void read(RowRange rows, std::span<double> values) const override { read_rows(dataset_, rows, values, slab_bytes_); }

 private:
  Hdf5Dataset dataset_;
  std::size_t slab_bytes_;
};

class PlainRows : public Dataset {
 public:
  PlainRows(std::string where, NpyArray array, PlainInput& file)
      : Dataset(std::move(where), array.extents), array_(std::move(array)), file_(file) {}

  void read(RowRange rows, std::span<double> values) const override { read_npy_rows(file_, array_, rows, values); }

 private:
  NpyArray array_;
  PlainInput& file_;
};

/// A name that is not absolute counts from the root.
class Hdf5Names : public DatasetFile {
 public:
  explicit Hdf5Names(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] std::string where(const std::string& name) const override {
    return "file '" + path_ + "', dataset '" + name + "'";
  }
  [[nodiscard]] std::string usual_name(const std::string& name) const override { return "/particle_data/" + name; }

 protected:
  [[nodiscard]] static std::string absolute(const std::string& name) {
    return name[0] == '/' ? name : std::string("/").append(name);
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

/// What a file answered, one number after the other: all ranks ask for the same.
using Answers = std::vector<std::int64_t>;

/// Names that numpy has for the numbers of a dataset; without one, HDF5 has to read them.
constexpr std::array<std::string_view, 7> plain_types{"", "<f8", "<f4", "<i8", "<i4", "<c16", "<c8"};

/// Looks into the file and keeps the answers; for shares without rows.
class AskedFile : public Hdf5Names {
 public:
  AskedFile(const std::string& path, const Hdf5Handle& file, std::int64_t file_size, std::size_t slab_bytes,
            Answers& answers)
      : Hdf5Names(path), file_(file), file_size_(file_size), slab_bytes_(slab_bytes), answers_(answers) {}

  [[nodiscard]] bool has(const std::string& name) const override {
    const bool exists = hdf5_object_exists(file_, path(), absolute(name));
    answers_.push_back(exists ? 1 : 0);
    return exists;
  }
  [[nodiscard]] std::unique_ptr<Dataset> open(const std::string& name) const override {
    Hdf5Dataset dataset = open_dataset(file_, path(), absolute(name));
    const NpyArray array = plain_numbers(dataset, file_, file_size_).value_or(NpyArray{});
    answers_.push_back(std::find(plain_types.begin(), plain_types.end(), array.type) - plain_types.begin());
    answers_.push_back(array.begin);
    answers_.push_back(std::ssize(dataset.extents));
    answers_.insert(answers_.end(), dataset.extents.begin(), dataset.extents.end());
    return std::make_unique<Hdf5Rows>(std::move(dataset), slab_bytes_);
  }

 private:
  const Hdf5Handle& file_;
  std::int64_t file_size_;
  std::size_t slab_bytes_;
  Answers& answers_;
};

/// Knows the answers, and opens the file with HDF5 only to read numbers that are not plain.
class KnownFile : public Hdf5Names {
 public:
  KnownFile(const std::string& path, PlainInput& plain, Hdf5Handle& file, std::size_t slab_bytes,
            std::span<const std::int64_t> answers)
      : Hdf5Names(path), plain_(plain), file_(file), slab_bytes_(slab_bytes), answers_(answers) {}

  [[nodiscard]] bool has(const std::string& /*name*/) const override { return next() != 0; }
  [[nodiscard]] std::unique_ptr<Dataset> open(const std::string& name) const override {
    NpyArray array;
    array.type = plain_types[usize(next())];
    array.begin = next();
    array.extents.resize(usize(next()));
    for (std::int64_t& extent : array.extents) extent = next();
    if (!array.type.empty()) return std::make_unique<PlainRows>(where(absolute(name)), std::move(array), plain_);
    if (!file_.valid()) file_ = open_hdf5(path());
    return std::make_unique<Hdf5Rows>(open_dataset(file_, path(), absolute(name)), slab_bytes_);
  }

 private:
  [[nodiscard]] std::int64_t next() const {
    const std::int64_t answer = answers_.front();
    answers_ = answers_.subspan(1);
    return answer;
  }

  PlainInput& plain_;
  Hdf5Handle& file_;
  std::size_t slab_bytes_;
  mutable std::span<const std::int64_t> answers_;
};

/// Those of rank 0, to all.
void broadcast(MPI_Comm communicator, Answers& answers) {
  auto count = static_cast<int>(answers.size());
  check_mpi(MPI_Bcast(&count, 1, MPI_INT, 0, communicator), "MPI_Bcast");
  answers.resize(usize(count));
  check_mpi(MPI_Bcast(answers.data(), count, MPI_INT64_T, 0, communicator), "MPI_Bcast");
}

}

Particles read_hdf5(MPI_Comm communicator, const std::string& path, const ParticleNeeds& needs,
                    std::size_t slab_bytes) {
  const SilentHdf5 silent;
  std::optional<PlainInput> plain;
  Hdf5Handle file;
  Answers answers;
  agree(communicator, [&] {
    plain.emplace(path);
    if (rank_of(communicator) != 0) return;
    file = open_hdf5(path);
    answers.push_back(plain->size());
    const AskedFile asked(path, file, plain->size(), slab_bytes, answers);
    (void)particles_of_datasets(asked, needs, [](std::int64_t) { return RowRange{}; });
  });
  broadcast(communicator, answers);
  Particles particles;
  agree(communicator, [&] {
    if (plain->size() != answers.front())
      throw InputError("file '" + path + "' is not the same on all nodes: " + std::to_string(plain->size()) +
                       " bytes here, " + std::to_string(answers.front()) +
                       " on rank 0; put it where all of them see it");
    const KnownFile known(path, *plain, file, slab_bytes, std::span<const std::int64_t>(answers).subspan(1));
    particles = particles_of_datasets(known, needs, share_of_rank(communicator));
  });
  return particles;
}

}
