// SPDX-License-Identifier: BSD-3-Clause
#include "support/numpy_files.hpp"

#include <algorithm>
#include <cstdint>

namespace nearfar::testing_support {
namespace {

[[nodiscard]] std::string little_endian(std::uint64_t value, int num_bytes) {
  std::string bytes;
  for (int i = 0; i < num_bytes; ++i, value /= 256) bytes += static_cast<char>(value % 256);
  return bytes;
}

[[nodiscard]] std::uint32_t checksum_of(const std::string& bytes) {
  std::uint32_t remainder = 0xFFFFFFFFU;
  for (const char byte : bytes) {
    remainder ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) remainder = (remainder >> 1) ^ ((remainder & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~remainder;
}

/// Blocks of deflate that are not compressed.
[[nodiscard]] std::string deflate(const std::string& content) {
  constexpr std::size_t most = 65535;
  std::string stream;
  std::size_t begin = 0;
  do {
    const std::size_t count = std::min(most, content.size() - begin);
    stream += begin + count == content.size() ? '\x01' : '\0';  // the last one
    stream += little_endian(count, 2);
    stream += little_endian(~count, 2);
    stream.append(content, begin, count);
    begin += count;
  } while (begin < content.size());
  return stream;
}

}

std::string zip(const std::vector<std::pair<std::string, std::string>>& files, bool deflated) {
  std::string archive, directory;
  for (const auto& [name, content] : files) {
    const std::string packed = deflated ? deflate(content) : content;
    // Version, flags, method, time, date; checksum; both sizes; lengths of the name and of what follows it.
    std::string what = little_endian(20, 2) + little_endian(0, 2);
    what += little_endian(deflated ? 8 : 0, 2);
    what += little_endian(0x00210000, 4);
    what += little_endian(checksum_of(content), 4);
    what += little_endian(packed.size(), 4);
    what += little_endian(content.size(), 4);
    what += little_endian(name.size(), 2) + little_endian(0, 2);
    directory += "PK\x01\x02" + little_endian(20, 2) + what;
    directory += little_endian(0, 10) + little_endian(archive.size(), 4) + name;
    archive += "PK\x03\x04" + what;
    archive += name + packed;
  }
  const std::string count = little_endian(files.size(), 2);
  return archive + directory + "PK\x05\x06" + little_endian(0, 4) + count + count + little_endian(directory.size(), 4) +
         little_endian(archive.size(), 4) + little_endian(0, 2);
}

}
