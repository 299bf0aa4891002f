// SPDX-License-Identifier: BSD-3-Clause
// Sort of records that consist of a few sorted runs, one behind the other.
#include <algorithm>
#include <span>
#include <vector>

#include "base/region.hpp"
#include "tree/parts.hpp"
#include "tree/sort_records.hpp"

namespace nearfar {
namespace {

/// As many cost as much as the radix sort.
constexpr std::size_t most_runs = 8;

using Records = std::span<const PointRecord>;

/// Two sorted ranges, and where the merged ones go.
struct Merge {
  Records a, b;
  PointRecord* to;
};

/// Where the runs begin, and the end of the last; empty: there are too many.
[[nodiscard]] std::vector<std::size_t> find_runs(const PointRecords& records) {
  auto begins = join(make_parts(size_of(records), [&](IndexRange part) {
    std::vector<std::size_t> found;
    for (std::size_t i = usize(part.begin); i < usize(part.end) && found.size() <= most_runs; ++i)
      if (i == 0 || comes_before(records[i], records[i - 1])) found.push_back(i);
    return found;
  }));
  if (begins.size() > most_runs) return {};
  begins.push_back(records.size());
  return begins;
}

/// Cuts the merge of two ranges into pieces for 64 threads.
void add_merges(Records a, Records b, PointRecord* to, std::vector<Merge>& merges) {
  constexpr std::size_t most_pieces = 64, smallest_piece = 4096;
  const std::size_t num_pieces = std::clamp((a.size() + b.size()) / smallest_piece, std::size_t{1}, most_pieces);
  std::size_t a_begin = 0, b_begin = 0;
  for (std::size_t piece = 1; piece <= num_pieces; ++piece) {
    const std::size_t a_end = a.size() * piece / num_pieces;
    std::size_t b_end = b.size();
    if (a_end < a.size())
      b_end =
          usize(std::lower_bound(b.begin() + static_cast<std::ptrdiff_t>(b_begin), b.end(), a[a_end], comes_before) -
                b.begin());
    merges.push_back(
        {a.subspan(a_begin, a_end - a_begin), b.subspan(b_begin, b_end - b_begin), to + a_begin + b_begin});
    a_begin = a_end;
    b_begin = b_end;
  }
}

/// std::merge without branches that depend on the records, which would be guessed wrong half of the time.
void run(const Merge& merge) {
  const PointRecord* a = merge.a.data();
  const PointRecord* const a_end = a + merge.a.size();
  const PointRecord* b = merge.b.data();
  const PointRecord* const b_end = b + merge.b.size();
  PointRecord* to = merge.to;
  while (a != a_end && b != b_end) {
    const PointKey key_a = a->key, key_b = b->key;
    bool takes_b = key_b < key_a;
    if (key_b == key_a) [[unlikely]]
      takes_b = comes_before(*b, *a);
    *to++ = *(takes_b ? b : a);
    b += takes_b ? 1 : 0;
    a += takes_b ? 0 : 1;
  }
  to = std::copy(a, a_end, to);
  std::copy(b, b_end, to);
}

void run(const std::vector<Merge>& merges) {
  parallel_pieces(merges.size(), [&](std::size_t i) { run(merges[i]); });
}

}

void merge_sorted(std::span<const PointRecord> a, std::span<const PointRecord> b, PointRecords& merged) {
  merged.clear();
  merged.resize(a.size() + b.size());
  std::vector<Merge> merges;
  add_merges(a, b, merged.data(), merges);
  run(merges);
}

bool merge_runs(PointRecords& records, PointRecords& scratch) {
  auto begins = find_runs(records);
  if (begins.empty()) return false;
  while (begins.size() > 2) {
    scratch.clear();
    scratch.resize(records.size());
    const auto range = [&](std::size_t begin, std::size_t end) { return Records(records).subspan(begin, end - begin); };
    std::vector<Merge> merges;
    std::vector<std::size_t> merged_begins;
    for (std::size_t pair = 0; pair + 1 < begins.size(); pair += 2) {
      const std::size_t last = std::min(pair + 2, begins.size() - 1);
      merged_begins.push_back(begins[pair]);
      add_merges(range(begins[pair], begins[pair + 1]), range(begins[pair + 1], begins[last]),
                 scratch.data() + begins[pair], merges);
    }
    merged_begins.push_back(begins.back());
    run(merges);
    records.swap(scratch);
    begins = std::move(merged_begins);
  }
  return true;
}

}
