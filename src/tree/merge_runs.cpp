// SPDX-License-Identifier: BSD-3-Clause
// Sort of records that consist of a few sorted runs, one behind the other.
#include <algorithm>
#include <vector>

#include <omp.h>

#include "tree/parts.hpp"
#include "tree/sort_records.hpp"

namespace nearfar {
namespace {

/// As many cost as much as the radix sort.
constexpr std::size_t most_runs = 8;

/// Two sorted ranges of the records, and where the merged ones go.
struct Merge {
  std::size_t a, a_end, b, b_end, to;
};

/// Where the runs begin, and the end of the last; empty: there are too many.
[[nodiscard]] std::vector<std::size_t> find_runs(const PointRecords& records) {
  auto begins = join(make_parts(size_of(records), [&](IndexRange part) {
    std::vector<std::size_t> found;
    for (std::size_t i = at(part.begin); i < at(part.end) && found.size() <= most_runs; ++i)
      if (i == 0 || comes_before(records[i], records[i - 1])) found.push_back(i);
    return found;
  }));
  if (begins.size() > most_runs) return {};
  begins.push_back(records.size());
  return begins;
}

/// Cuts the merge of runs [begin, middle) and [middle, end) into pieces for all threads.
void add_merges(const PointRecords& records, std::size_t begin, std::size_t middle, std::size_t end,
                std::vector<Merge>& merges) {
  const auto num_pieces = at(omp_get_max_threads());
  std::size_t a = begin, b = middle;
  for (std::size_t piece = 1; piece <= num_pieces; ++piece) {
    const std::size_t a_end = begin + (middle - begin) * piece / num_pieces;
    std::size_t b_end = end;
    if (a_end < middle) {
      const auto* first = records.data();
      b_end = static_cast<std::size_t>(std::lower_bound(first + b, first + end, records[a_end], comes_before) - first);
    }
    merges.push_back({a, a_end, b, b_end, a + b - middle});
    a = a_end;
    b = b_end;
  }
}

/// std::merge without branches that depend on the records, which would be guessed wrong half of the time.
void merge(const PointRecords& records, const Merge& ranges, PointRecords& merged) {
  const PointRecord* a = records.data() + ranges.a;
  const PointRecord* const a_end = records.data() + ranges.a_end;
  const PointRecord* b = records.data() + ranges.b;
  const PointRecord* const b_end = records.data() + ranges.b_end;
  PointRecord* to = merged.data() + ranges.to;
  while (a != a_end && b != b_end) {
    bool takes_b = b->key < a->key;
    if (b->key == a->key) [[unlikely]]
      takes_b = comes_before(*b, *a);
    *to++ = *(takes_b ? b : a);
    b += takes_b ? 1 : 0;
    a += takes_b ? 0 : 1;
  }
  to = std::copy(a, a_end, to);
  std::copy(b, b_end, to);
}

}

bool merge_runs(PointRecords& records, PointRecords& scratch) {
  auto begins = find_runs(records);
  if (begins.empty()) return false;
  while (begins.size() > 2) {
    std::vector<Merge> merges;
    std::vector<std::size_t> merged_begins;
    for (std::size_t run = 0; run + 1 < begins.size(); run += 2) {
      const std::size_t last = std::min(run + 2, begins.size() - 1);
      merged_begins.push_back(begins[run]);
      add_merges(records, begins[run], begins[run + 1], begins[last], merges);
    }
    merged_begins.push_back(begins.back());
    scratch.clear();
    scratch.resize(records.size());
#pragma omp parallel for schedule(dynamic, 1)
    for (std::size_t i = 0; i < merges.size(); ++i) merge(records, merges[i], scratch);
    records.swap(scratch);
    begins = std::move(merged_begins);
  }
  return true;
}

}
