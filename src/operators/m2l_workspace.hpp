// SPDX-License-Identifier: BSD-3-Clause
// Working memory of M2L, for the sweeps of levels, one after the other. It has room for the largest of them.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <vector>

#include "base/aligned.hpp"
#include "operators/m2l_complex.hpp"

namespace nearfar {

/// Of one thread.
template <class Scalar>
struct M2lScratch {
  AlignedVector<double> zeros;                     ///< the multipole of an absent child
  AlignedVector<Scalar> panel;                     ///< [coefficient][lane], lanes are children
  AlignedVector<M2lChildren<Scalar>> columns;      ///< [x][y] at one k_z
  AlignedVector<M2lChildren<Scalar>> lines;        ///< [x][k_y]
  AlignedVector<M2lChildren<Scalar>> frequencies;  ///< [k_x][k_y], filled up to whole chunks
  AlignedVector<M2lChunk<Scalar>> planes;          ///< [kx][row]; row 0 is zero
  AlignedVector<M2lChunk<Scalar>> products;        ///< [kx + 3 ky][target of the block]
  AlignedVector<M2lChunk<Scalar>> children;        ///< [chunk][target of the block][child]
  std::ptrdiff_t plane_stride = 0;
  std::ptrdiff_t product_stride = 0;
  std::ptrdiff_t child_stride = 0;
  int most_chunks = 0;  ///< of a sweep
};

template <class Scalar>
struct M2lWorkspace {
  struct Delete {
    void operator()(M2lChunk<Scalar>* values) const noexcept {
      ::operator delete(values, std::align_val_t(cache_line));
    }
  };

  /// Of a slab: [component][chunk][family][child]. Not touched before the threads that write them do so.
  std::unique_ptr<M2lChunk<Scalar>[], Delete> spectra;
  std::size_t num_spectra = 0;
  /// Of a slab: [entry of the kernel][chunk][kx + 3 ky + 9 kz][direction].
  AlignedVector<M2lChunk<Scalar>> operators;
  std::vector<M2lScratch<Scalar>> scratch;  ///< by thread
};

}
