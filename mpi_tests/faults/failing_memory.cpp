// SPDX-License-Identifier: BSD-3-Clause
#include <cstdlib>
#include <new>

#include "faults/fault.hpp"

namespace nearfar::faults {
namespace {

[[nodiscard]] void* allocate(std::size_t size, std::size_t alignment) {
  if (is_to_fail(Kind::memory, "allocation")) throw std::bad_alloc();
  void* const memory = alignment == 0 ? std::malloc(size)
                                      : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory == nullptr && size > 0) throw std::bad_alloc();
  return memory;
}

}
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
