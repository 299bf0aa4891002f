// SPDX-License-Identifier: BSD-3-Clause
// The expansions, schedule and working arrays of a kernel on a layout.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "fmm/work.hpp"
#include "operators/m2l_pass.hpp"
#include "operators/operators.hpp"

namespace nearfar {

/// M2L of all levels, from 2 on.
template <class Scalar>
struct M2lSweeps {
  std::vector<std::unique_ptr<M2lPass<Scalar>>> sweeps;
  std::shared_ptr<M2lWorkspace<Scalar>> workspace;
  int num_threads = 0;  ///< that the workspace has room for
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
  Values one;                    ///< of one charge vector
  Values several;                ///< as many as Kernel::several
  std::vector<Scratch> scratch;  ///< by thread

  [[nodiscard]] const Kernel& kernel() const noexcept { return translations.kernel; }

  /// Collective. Makes schedule, and room for so many charge vectors, for the tree as it is now, in the memory of
  /// earlier ones.
  void prepare(Interactions& interactions, int num_vectors);
  /// Drops all references to the tree.
  void release();
  /// Whether working arrays suffice for so many vectors and as many threads as there are now. Messages are allocated on
  /// the way.
  [[nodiscard]] bool has_room(int num_vectors, bool with_gradients) const;
  /// Enough for the threads there are; none is needed where no level has expansions.
  /// Those that need most room; null where no level has any.
  [[nodiscard]] const LevelOperators* largest_operators() const;
  [[nodiscard]] bool has_scratch() const;
  /// Allocates what has_room asks for.
  void make_room(int num_vectors, bool with_gradients);
};

/// The kernel that sums over the next group of `num_vectors` vectors side by side; their number in that group.
struct GroupKernel {
  Kernel kernel;
  int width;
};
[[nodiscard]] GroupKernel group_kernel(const Kernel& kernel, int num_vectors, bool with_gradients);

/// Sizes for charges, and zeros for results.
void clear_values(const Evaluation& evaluation, int width, bool with_gradients, Evaluation::Values& values);

}
