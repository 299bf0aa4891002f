// SPDX-License-Identifier: BSD-3-Clause
#include "comm/mpi.hpp"
#include "io/hdf5_dataset.hpp"
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

/// A name that is not absolute counts from the root.
class Hdf5File : public DatasetFile {
 public:
  Hdf5File(const Hdf5Handle& file, const std::string& path, std::size_t slab_bytes)
      : file_(file), path_(path), slab_bytes_(slab_bytes) {}

  [[nodiscard]] bool has(const std::string& name) const override {
    return hdf5_object_exists(file_, path_, absolute(name));
  }
  [[nodiscard]] std::unique_ptr<Dataset> open(const std::string& name) const override {
    return std::make_unique<Hdf5Rows>(open_dataset(file_, path_, absolute(name)), slab_bytes_);
  }
  [[nodiscard]] std::string where(const std::string& name) const override {
    return "file '" + path_ + "', dataset '" + name + "'";
  }
  [[nodiscard]] std::string usual_name(const std::string& name) const override { return "/particle_data/" + name; }

 private:
  [[nodiscard]] static std::string absolute(const std::string& name) {
    return name[0] == '/' ? name : std::string("/").append(name);
  }

  const Hdf5Handle& file_;
  const std::string& path_;
  std::size_t slab_bytes_;
};

}

Particles read_hdf5(MPI_Comm communicator, const std::string& path, const ParticleNeeds& needs,
                    std::size_t slab_bytes) {
  const SilentHdf5 silent;
  Particles particles;
  agree(communicator, [&] {
    const Hdf5Handle handle = open_hdf5(path);
    particles = particles_of_datasets(communicator, Hdf5File(handle, path, slab_bytes), needs);
  });
  return particles;
}

}
