// SPDX-License-Identifier: BSD-3-Clause
#include "faults/failing_memory.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace nearfar::faults {
namespace {

std::atomic<bool> counting{false};
std::atomic<std::int64_t> count{0};
std::atomic<std::int64_t> failing{0};

[[nodiscard]] bool is_to_fail() noexcept {
  if (!counting.load(std::memory_order_relaxed)) return false;
  return count.fetch_add(1, std::memory_order_relaxed) + 1 == failing.load(std::memory_order_relaxed);
}

[[nodiscard]] void* allocate(std::size_t size, std::size_t alignment) {
  if (is_to_fail()) throw std::bad_alloc();
  void* const memory = alignment == 0 ? std::malloc(size)
                                      : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory == nullptr && size > 0) throw std::bad_alloc();
  return memory;
}

}

void fail_allocation(std::int64_t number) noexcept {
  count = 0;
  failing = number;
  counting = true;
}

std::int64_t end_counting() noexcept {
  counting = false;
  return count;
}

bool has_failed() noexcept { return failing != 0 && count >= failing; }

}

// The forms of operator new that others of the standard library lead to.
void* operator new(std::size_t size) { return nearfar::faults::allocate(size == 0 ? 1 : size, 0); }
void* operator new[](std::size_t size) { return nearfar::faults::allocate(size == 0 ? 1 : size, 0); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return nearfar::faults::allocate(size == 0 ? 1 : size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return nearfar::faults::allocate(size == 0 ? 1 : size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
