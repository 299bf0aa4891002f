// SPDX-License-Identifier: BSD-3-Clause
// Particle files as a careless or hostile writer may leave them: mostly in order, with a few things wrong, of which the
// choices decide. Each kind knows the format, so that the faults lie behind the first lines of the readers too.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nearfar::testing_support {

/// A row of decisions, from a seed or from the bytes that a fuzzer makes up.
class Choices {
 public:
  explicit Choices(std::uint64_t seed) : state_(seed * 2 + 1) {}
  explicit Choices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  /// One of 0 ... count - 1; `count` at least 1.
  [[nodiscard]] std::size_t below(std::size_t count);
  /// True once in so many times.
  [[nodiscard]] bool one_in(std::size_t count) { return below(count) == 0; }
  template <class T>
  [[nodiscard]] const T& of(const std::vector<T>& some) {
    return some[below(some.size())];
  }

 private:
  std::span<const std::uint8_t> bytes_{};  ///< those that are left
  std::uint64_t state_ = 1;                ///< of a generator, which takes over at their end
};

/// Rows x y z charge.
[[nodiscard]] std::string broken_text(Choices& choices);
[[nodiscard]] std::string broken_npy(Choices& choices);
[[nodiscard]] std::string broken_npz(Choices& choices);
/// By this process alone.
void write_broken_hdf5(const std::string& path, Choices& choices);

/// Changes some bytes, drops or repeats a part of them, or cuts off the end.
void damage(std::string& bytes, Choices& choices);

}
