// SPDX-License-Identifier: BSD-3-Clause
// Archives of numpy: numpy.savez and numpy.savez_compressed write a ZIP file with one array in each of its files.
#include <algorithm>
#include <array>
#include <filesystem>
#include <string>

#include "base/printable.hpp"
#include "base/types.hpp"
#include "comm/mpi.hpp"
#include "io/npy_array.hpp"
#include "io/readers.hpp"
#include "io/table.hpp"

#ifdef NEARFAR_LIBZIP
#include <zip.h>
#endif

namespace nearfar {

#ifdef NEARFAR_LIBZIP

namespace {

struct ZipClose {
  void operator()(zip_t* archive) const noexcept { zip_discard(archive); }
  void operator()(zip_file_t* file) const noexcept { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, ZipClose>;

/// An array in an archive. What is compressed can only be read forwards. Arrays that one rank reads as a whole are
/// checked against the archive's checksum.
class ZippedArray : public NpyBytes {
 public:
  ZippedArray(zip_t& archive, const zip_stat_t& entry, std::string where)
      : where_(std::move(where)), archive_(archive), entry_(entry) {
    start();
  }

  [[nodiscard]] std::int64_t size() const override { return static_cast<std::int64_t>(entry_.size); }
  void read(std::int64_t place, std::span<char> bytes) override {
    if (place < place_) start();
    if (place > place_ && entry_.comp_method == ZIP_CM_STORE) {
      if (zip_fseek(file_.get(), place, SEEK_SET) != 0) throw_damaged(zip_file_get_error(file_.get()));
      place_ = place;
    }
    while (place_ < place) {
      std::array<char, 65536> skipped;
      take({skipped.data(), std::min(skipped.size(), usize(place - place_))});
    }
    take(bytes);
  }

 private:
  void start() {
    file_.reset(zip_fopen_index(&archive_, entry_.index, 0));
    place_ = 0;
    if (!file_) throw_damaged(zip_get_error(&archive_));
  }

  void take(std::span<char> bytes) {
    const zip_int64_t count = zip_fread(file_.get(), bytes.data(), bytes.size());
    if (count != std::ssize(bytes)) throw_damaged(count < 0 ? zip_file_get_error(file_.get()) : nullptr);
    place_ += count;
    // The checksum is compared at the end of what has been read from its beginning.
    char beyond = 0;
    if (place_ == size() && zip_fread(file_.get(), &beyond, 1) != 0) throw_damaged(zip_file_get_error(file_.get()));
  }

  [[noreturn]] void throw_damaged(zip_error_t* error) const {
    const std::string reason = error == nullptr ? "it ends early" : printable(zip_error_strerror(error), 100);
    throw InputError(where_ + " cannot be read: " + reason + "; write it again with numpy.savez");
  }

  std::string where_;
  zip_t& archive_;
  zip_stat_t entry_;
  std::unique_ptr<zip_file_t, ZipClose> file_;
  std::int64_t place_ = 0;  ///< of the next byte in the array
};

class NpzDataset : public Dataset {
 public:
  NpzDataset(std::unique_ptr<ZippedArray> bytes, NpyArray array, const std::string& where)
      : Dataset(where, array.extents), bytes_(std::move(bytes)), array_(std::move(array)) {}

  void read(RowRange rows, std::span<double> values) const override { read_npy_rows(*bytes_, array_, rows, values); }

 private:
  std::unique_ptr<ZippedArray> bytes_;
  NpyArray array_;
};

class NpzFile : public DatasetFile {
 public:
  explicit NpzFile(const std::string& path) : path_(path) {
    int code = 0;
    archive_.reset(zip_open(path.c_str(), ZIP_RDONLY, &code));
    if (archive_) return;
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string reason = printable(zip_error_strerror(&error), 100);
    zip_error_fini(&error);
    throw InputError("file '" + path + "' is not an archive of numpy: " + reason + "; write it with numpy.savez");
  }

  [[nodiscard]] bool has(const std::string& name) const override {
    return zip_name_locate(archive_.get(), file_of(name).c_str(), 0) >= 0;
  }
  [[nodiscard]] std::string where(const std::string& name) const override {
    return "file '" + path_ + "', array '" + name + "'";
  }
  [[nodiscard]] std::string usual_name(const std::string& name) const override { return name; }

  [[nodiscard]] std::unique_ptr<Dataset> open(const std::string& name) const override {
    if (!has(name)) throw InputError(where(name) + ": missing; add it, or name another with --sources and the like");
    zip_stat_t entry;
    constexpr zip_uint64_t needed = ZIP_STAT_INDEX | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if (zip_stat(archive_.get(), file_of(name).c_str(), 0, &entry) != 0 || (entry.valid & needed) != needed ||
        !may_be_whole(entry))
      throw InputError(where(name) + " is damaged; write the file again with numpy.savez");
    auto bytes = std::make_unique<ZippedArray>(*archive_, entry, where(name));
    NpyArray array = read_npy_header(*bytes, where(name));
    return std::make_unique<NpzDataset>(std::move(bytes), std::move(array), where(name));
  }

 private:
  /// Sizes are numbers in the file; memory is taken by what they say.
  [[nodiscard]] bool may_be_whole(const zip_stat_t& entry) const {
    constexpr zip_uint64_t most_shrunk = 1032;  // by the method deflate
    if (entry.comp_size > std::filesystem::file_size(path_)) return false;
    if (entry.comp_method == ZIP_CM_STORE) return entry.size == entry.comp_size;
    return entry.size / most_shrunk <= entry.comp_size;
  }

  [[nodiscard]] static std::string file_of(const std::string& name) { return name + ".npy"; }

  std::string path_;
  Archive archive_;
};

}

Particles read_npz(MPI_Comm communicator, const std::string& path, const ParticleNeeds& needs) {
  Particles particles;
  agree(communicator, [&] { particles = particles_of_datasets(NpzFile(path), needs, share_of_rank(communicator)); });
  return particles;
}

#else

Particles read_npz(MPI_Comm /*communicator*/, const std::string& path, const ParticleNeeds& /*needs*/) {
  throw InputError("file '" + path +
                   "': nearfar was built without libzip, which reads archives of numpy; store the arrays as HDF5");
}

#endif

}
