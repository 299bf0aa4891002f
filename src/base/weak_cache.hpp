// SPDX-License-Identifier: BSD-3-Clause
// Values of a process that are built once and live as long as somebody uses them.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

namespace nearfar {

/// Safe to use from several threads at once.
template <class Key, class Value>
class WeakCache {
 public:
  using Pointer = std::shared_ptr<const Value>;

  /// The value of `key`; null if nobody uses it.
  [[nodiscard]] Pointer find(const Key& key) {
    const std::scoped_lock lock(mutex_);
    return find_locked(key);
  }

  /// The value of `key`, which make() returns if nobody uses one. Other threads wait for it, so that no two build the
  /// same; `make` must not use this cache.
  template <class Make>
  [[nodiscard]] Pointer get(const Key& key, const Make& make) {
    const std::scoped_lock lock(mutex_);
    if (Pointer value = find_locked(key)) return value;
    Pointer value = make();
    std::erase_if(values_, [](const auto& entry) { return entry.second.expired(); });
    values_[key] = value;
    return value;
  }

  /// Number of entries; those that nobody uses any more count until the next value is built.
  [[nodiscard]] std::size_t size() {
    const std::scoped_lock lock(mutex_);
    return values_.size();
  }

 private:
  [[nodiscard]] Pointer find_locked(const Key& key) const {
    const auto entry = values_.find(key);
    return entry == values_.end() ? nullptr : entry->second.lock();
  }

  std::mutex mutex_;
  std::map<Key, std::weak_ptr<const Value>> values_;
};

}
