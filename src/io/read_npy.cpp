// SPDX-License-Identifier: BSD-3-Clause
#include <filesystem>
#include <fstream>

#include "base/types.hpp"
#include "comm/mpi.hpp"
#include "io/npy_array.hpp"
#include "io/readers.hpp"

namespace nearfar {
namespace {

class NpyFile : public NpyBytes {
 public:
  NpyFile(const std::string& path, std::string where) : where_(std::move(where)), file_(path, std::ios::binary) {
    if (!file_) throw InputError(where_ + " cannot be opened; put it where all hosts can read");
    size_ = static_cast<std::int64_t>(std::filesystem::file_size(path));
  }

  [[nodiscard]] std::int64_t size() const override { return size_; }
  void read(std::int64_t place, std::span<char> bytes) override {
    file_.seekg(place);
    file_.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!file_) throw InputError(where_ + " cannot be read to its end; check the disk");
  }

 private:
  std::string where_;
  std::ifstream file_;
  std::int64_t size_ = 0;
};

}

Particles read_npy(MPI_Comm communicator, const std::string& path, const ParticleNeeds& needs) {
  const std::string where = "file '" + path + "'";
  Particles particles;
  std::int64_t num_points = 0;
  agree(communicator, [&] {
    if (needs.names.any()) throw UsageError(where + ": an array of numpy has no names; leave out those of its parts");
    NpyFile file(path, where);
    const NpyArray array = read_npy_header(file, where);
    const std::int64_t columns = row_length(needs);
    if (array.extents.size() != 2 || array.extents.back() != columns)
      throw InputError(where + " does not have shape (n, " + std::to_string(columns) +
                       "); store one row per point: " + row_description(needs));
    num_points = array.extents.front();
    const RowRange rows = rows_of_rank(num_points, rank_of(communicator), size_of_communicator(communicator));
    require_rows_fit(where, rows.size(), columns);
    std::vector<double> values(usize(rows.size() * columns));
    read_npy_rows(file, array, rows, values);
    require_finite(where, values, columns, rows.begin);
    particles = particles_of_rows(values, needs);
  });
  particles.num_sources = particles.num_targets = num_points;
  return particles;
}

}
