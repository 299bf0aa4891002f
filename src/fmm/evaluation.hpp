// SPDX-License-Identifier: BSD-3-Clause
// One evaluation: the expansions and working arrays of a kernel on a layout, and the method itself.
#pragma once

#include <variant>

#include "fmm/work.hpp"
#include "operators/m2l.hpp"

namespace nearfar {

/// M2L of all levels, from 2 on.
template <class Scalar>
struct M2lSweeps {
  std::vector<M2lSweep<Scalar>> sweeps;
  M2lWorkspace<Scalar> workspace;
};

/// A kernel's translations on a layout. Both must outlive it.
struct Evaluation {
  Evaluation(MPI_Comm communicator_, Layout& layout_, const Translations& translations_)
      : communicator(communicator_), layout(layout_), translations(translations_) {}

  MPI_Comm communicator;
  Layout& layout;
  const Translations& translations;
  Interactions* interactions = nullptr;
  Expansions multipoles, locals;
  Schedule schedule;
  std::variant<M2lSweeps<double>, M2lSweeps<float>> m2l;  ///< in the numbers of translations.spectra
  Work work;
  PhaseLog log;

  /// Working arrays in tree order, [point][vector][component].
  struct Values {
    AlignedVector<double> charges;       ///< own and ghost sources
    UnwrittenVector<double> potentials;  ///< own targets
    UnwrittenVector<double> gradients;
  };
  Values one;      ///< of one charge vector
  Values several;  ///< as many as Kernel::several; empty until they are used

  [[nodiscard]] const Kernel& kernel() const noexcept { return translations.kernel; }

  /// Collective. Makes room and schedule for the tree as it is now, in the memory of earlier ones.
  void prepare(Interactions& interactions);
  /// Lets go of what refers to the tree.
  void release();
};

/// What an evaluation works on: one charge vector, or several side by side.
struct VectorGroup {
  const Kernel& kernel;  ///< sums over all of them at once
  Evaluation::Values& values;
  int width;  ///< charge vectors of `values`
  int count;  ///< the first of them are the caller's, the others zeros
  SourceArrays sources;
  TargetArrays targets;
};

/// Makes room for charges and zeros for results.
void make_room(const Evaluation& evaluation, int width, bool with_gradients, Evaluation::Values& values);

/// Collective. From the charges of own sources in group.values to the results there: the far field of one vector after
/// the other, the near field of all. `scratch` by thread.
void evaluate_side_by_side(Evaluation& evaluation, std::vector<Scratch>& scratch, const VectorGroup& group);

}
