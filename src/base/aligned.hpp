// SPDX-License-Identifier: BSD-3-Clause
// Arrays aligned to a cache line, which is also the widest vector.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <vector>

namespace nearfar {

inline constexpr std::size_t cache_line = 64;

template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) noexcept {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t(cache_line))); }
  void deallocate(T* p, std::size_t) noexcept { ::operator delete(p, std::align_val_t(cache_line)); }
  template <class U>
  bool operator==(const AlignedAllocator<U>&) const noexcept {
    return true;
  }
};

template <class T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

/// Leaves the values of a new array as they are, so that the threads that write them first get the memory near them.
template <class T>
struct UnwrittenAllocator : AlignedAllocator<T> {
  UnwrittenAllocator() = default;
  template <class U>
  UnwrittenAllocator(const UnwrittenAllocator<U>&) noexcept {}
  template <class U>
  struct rebind {
    using other = UnwrittenAllocator<U>;
  };
  /// Types that begin to live with their memory, as scalars and aggregates do.
  template <class U>
  void construct(U*) noexcept {
    static_assert(std::is_trivially_copyable_v<U> && (std::is_scalar_v<U> || std::is_aggregate_v<U>));
  }
};

template <class T>
using UnwrittenVector = std::vector<T, UnwrittenAllocator<T>>;

}
