// SPDX-License-Identifier: BSD-3-Clause
// Sort of records that were sorted before their points moved a little: they are cut into chunks that stay where they
// are, between keys found among those near the cuts. The few records that belong to other chunks are sorted apart and
// merged in.
#include <algorithm>
#include <array>
#include <numeric>
#include <span>

#include "base/region.hpp"
#include "tree/parts.hpp"
#include "tree/sort_records.hpp"

namespace nearfar {
namespace {

constexpr std::size_t chunk_size = 512;

/// One stray among so many records at most, one pivot below that before it among so many: more are left to the radix
/// sort.
constexpr std::size_t records_per_stray = 3, pivots_per_descent = 4;

using Records = std::span<const PointRecord>;

/// The records in chunks; those of a chunk with keys in [pivots[c], pivots[c + 1]) stay in it.
struct Chunks {
  Records records;
  std::vector<PointKey> pivots;

  [[nodiscard]] std::ptrdiff_t size() const noexcept { return std::ssize(pivots) - 1; }
  [[nodiscard]] Records operator[](std::ptrdiff_t chunk) const noexcept {
    const std::size_t begin = usize(chunk) * chunk_size;
    return records.subspan(begin, std::min(chunk_size, records.size() - begin));
  }
  [[nodiscard]] bool stays(std::ptrdiff_t chunk, const PointRecord& record) const noexcept {
    return pivots[usize(chunk)] <= record.key && record.key < pivots[usize(chunk) + 1];
  }
};

/// The median of nine keys around a place, so that a few strays do not matter.
[[nodiscard]] PointKey pivot_near(Records records, std::size_t place) {
  std::array<PointKey, 9> keys;
  const std::size_t begin = std::min(place - keys.size() / 2, records.size() - keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = records[begin + i].key;
  std::nth_element(keys.begin(), keys.begin() + keys.size() / 2, keys.end());
  return keys[keys.size() / 2];
}

/// No pivots where these show that the records are in another order.
[[nodiscard]] Chunks cut(Records records) {
  Chunks chunks{records, std::vector<PointKey>((records.size() + chunk_size - 1) / chunk_size + 1, 0)};
  chunks.pivots.back() = point_key_end;
  parallel_for(std::ptrdiff_t{1}, chunks.size(),
               [&](std::ptrdiff_t c) { chunks.pivots[usize(c)] = pivot_near(records, usize(c) * chunk_size); });
  std::size_t descents = 0;
  for (std::size_t c = 1; c < chunks.pivots.size(); ++c) {
    if (chunks.pivots[c] >= chunks.pivots[c - 1]) continue;
    ++descents;
    chunks.pivots[c] = chunks.pivots[c - 1];
  }
  if (descents > chunks.pivots.size() / pivots_per_descent) chunks.pivots.clear();
  return chunks;
}

struct Strays {
  std::vector<PointRecords> parts;     ///< one behind the other
  std::vector<std::size_t> begins{0};  ///< of each chunk among them, and their number
};

[[nodiscard]] Strays take_strays(const Chunks& chunks) {
  Strays strays;
  strays.begins.resize(chunks.pivots.size());
  strays.parts = make_parts(static_cast<Index>(chunks.size()), [&](IndexRange part) {
    PointRecords found;
    for (Index c = part.begin; c < part.end; ++c) {
      const std::size_t before = found.size();
      for (const PointRecord& record : chunks[c])
        if (!chunks.stays(c, record)) found.push_back(record);
      strays.begins[usize(c) + 1] = found.size() - before;
    }
    return found;
  });
  std::partial_sum(strays.begins.begin(), strays.begins.end(), strays.begins.begin());
  return strays;
}

/// Insertion sort, which is fast where records are near their places, given up for another where they are not.
void sort_chunk(std::span<PointRecord> chunk) {
  const std::size_t most_moves = 8 * chunk.size();
  std::size_t moves = 0;
  for (std::size_t i = 1; i < chunk.size(); ++i) {
    const PointRecord record = chunk[i];
    std::size_t place = i;
    for (; place > 0 && comes_before(record, chunk[place - 1]); --place) chunk[place] = chunk[place - 1];
    chunk[place] = record;
    moves += i - place;
    if (moves > most_moves) return std::sort(chunk.begin(), chunk.end(), comes_before);
  }
}

}

bool sort_nearly_sorted(PointRecords& records, PointRecords& sorted) {
  if (records.size() < 16 * chunk_size) return false;
  const Chunks chunks = cut(records);
  if (chunks.pivots.empty()) return false;
  const Strays taken = take_strays(chunks);
  const auto& begins = taken.begins;
  if (begins.back() > records.size() / records_per_stray) return false;
  PointRecords strays = join(taken.parts), scratch;
  radix_sort(strays, scratch);
  sorted.clear();
  sorted.resize(records.size());
  const auto strays_from = [&](PointKey key) {
    return std::lower_bound(strays.begin(), strays.end(), key,
                            [](const PointRecord& record, PointKey k) { return record.key < k; });
  };
  const Region region;
#pragma omp parallel for schedule(static)
  for (std::ptrdiff_t c = 0; c < chunks.size(); ++c) {
    std::array<PointRecord, chunk_size> staying;
    const auto end = std::copy_if(chunks[c].begin(), chunks[c].end(), staying.begin(),
                                  [&](const PointRecord& record) { return chunks.stays(c, record); });
    sort_chunk(std::span(staying.begin(), end));
    const auto first = strays_from(chunks.pivots[usize(c)]), last = strays_from(chunks.pivots[usize(c) + 1]);
    const auto kept_before = static_cast<std::ptrdiff_t>(usize(c) * chunk_size - begins[usize(c)]);
    std::merge(staying.begin(), end, first, last, sorted.begin() + kept_before + (first - strays.begin()),
               comes_before);
  }
  records.swap(sorted);
  return true;
}

void sort_records(PointRecords& records, PointRecords& scratch) {
  if (!merge_runs(records, scratch) && !sort_nearly_sorted(records, scratch)) radix_sort(records, scratch);
}

}
