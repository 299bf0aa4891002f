// SPDX-License-Identifier: BSD-3-Clause
// Moving data between the caller's arrays and the working memory of the operators.
#pragma once

#include <algorithm>

#include "operators/operators.hpp"

namespace nearfar {

/// panel[coefficient][box] from `size` coefficients of each box; null boxes are zero.
inline void gather(std::span<const double* const> boxes, int size, const AlignedVector<double>& zeros,
                   double* panel) noexcept {
  std::array<const double*, panel_width> columns;
  columns.fill(zeros.data());
  for (std::size_t box = 0; box < boxes.size(); ++box)
    if (boxes[box] != nullptr) columns[box] = boxes[box];
  for (int i = 0; i < size; ++i)
    for (std::size_t box = 0; box < panel_width; ++box) panel[usize(i) * panel_width + box] = columns[box][i];
}

/// Writes one column of a panel.
inline void copy_column(const double* panel, std::size_t box, int size, double* to) noexcept {
  for (int i = 0; i < size; ++i) to[i] = panel[usize(i) * panel_width + box];
}

/// Adds a matrix times the coefficients of some boxes to those of others, by full panels however few of the boxes at
/// hand take part.
class PanelProduct {
 public:
  PanelProduct(const PanelMatrix& matrix, Scratch& scratch) noexcept : matrix_(matrix), scratch_(scratch) {}
  void add(const double* from, double* to) noexcept {
    from_[count_] = from;
    to_[count_] = to;
    if (++count_ == panel_width) finish();
  }
  /// Must follow the last `add`.
  void finish() noexcept;

 private:
  const PanelMatrix& matrix_;
  Scratch& scratch_;
  std::array<const double*, panel_width> from_;
  std::array<double*, panel_width> to_;
  std::size_t count_ = 0;
};

/// Calls visit(first, count) for the points of a range in chunks, after moving them into the scratch's arrays.
template <class Visit>
void for_each_chunk(IndexRange range, const PointArrays& points, const Box& box, Scratch& scratch,
                    const Visit& visit) noexcept {
  const double inverse = 1.0 / box.half_width;
  for (Index first = range.begin; first < range.end; first += scratch.point_chunk) {
    const Index count = std::min(scratch.point_chunk, range.end - first);
    for (Index i = 0; i < count; ++i) {
      scratch.x[usize(i)] = ((points.x[first + i] - box.origin[0]) - box.centre[0]) * inverse;
      scratch.y[usize(i)] = ((points.y[first + i] - box.origin[1]) - box.centre[1]) * inverse;
      scratch.z[usize(i)] = ((points.z[first + i] - box.origin[2]) - box.centre[2]) * inverse;
    }
    visit(first, count);
  }
}

/// Adds the field of charges or densities on a surface at the targets of a range. Coordinates are in units of the box's
/// half width, which is put right by its powers.
void add_field_of_surface(const PointOperators& points, const Surface& surface, const double* densities, const Box& box,
                          IndexRange targets, const TargetArrays& arrays, Scratch& scratch) noexcept;

/// Adds to `check`, [surface point][component], the field of sources, divided by half_width^degree and the scale.
void add_field_on_surface(const PointOperators& points, const Surface& surface, const Box& box, IndexRange sources,
                          const SourceArrays& arrays, double* check, Scratch& scratch) noexcept;

}
