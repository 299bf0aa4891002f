// SPDX-License-Identifier: BSD-3-Clause
#include "support/samples.hpp"

#include <array>
#include <cmath>
#include <map>
#include <stdexcept>

#include "comm/mpi.hpp"

namespace nearfar {
namespace {

using Real = long double;
using Vector = std::array<Real, 3>;

/// Adds one Laplace or Yukawa pair: exp(-lambda r) / (4 pi r).
void add_scalar(Real lambda, const Vector& d, Real r, const double* charge, Real* potential, Real* gradient) {
  const Real decay = lambda == 0 ? Real{1} : std::exp(-lambda * r);
  const Real value = charge[0] * decay / (4 * static_cast<Real>(M_PIl) * r);
  potential[0] += value;
  for (std::size_t i = 0; i < 3; ++i) gradient[i] -= value * (1 / r + lambda) * d[i] / r;
}

/// Adds one Stokeslet pair: (f / r + d (d.f) / r^3) / (8 pi).
void add_stokeslet(const Vector& d, Real r, const double* charge, Real* potential, Real* gradient) {
  const Real c = 1 / (8 * static_cast<Real>(M_PIl));
  const Real dot = d[0] * charge[0] + d[1] * charge[1] + d[2] * charge[2];
  const Real r3 = r * r * r;
  for (std::size_t i = 0; i < 3; ++i) {
    potential[i] += c * (charge[i] / r + d[i] * dot / r3);
    for (std::size_t j = 0; j < 3; ++j)
      gradient[3 * i + j] += c * (-charge[i] * d[j] / r3 + ((i == j ? dot : 0) + d[i] * charge[j]) / r3 -
                                  3 * d[i] * d[j] * dot / (r3 * r * r));
  }
}

}

std::vector<std::size_t> dealt(std::size_t count, Deal deal, MPI_Comm communicator) {
  const auto rank = usize(rank_of(communicator));
  const auto size = usize(size_of_communicator(communicator));
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t owner = 0;
    switch (deal) {
      case Deal::blocks:
        owner = i * size / count;
        break;
      case Deal::round_robin:
        owner = i * 7919 % size;
        break;
      case Deal::all_on_last:
        owner = size - 1;
        break;
      case Deal::odd_ranks:
        owner = size == 1 ? 0 : i % (size / 2) * 2 + 1;
        break;
    }
    if (owner == rank) numbers.push_back(i);
  }
  return numbers;
}

std::vector<double> take(std::span<const double> rows, const std::vector<std::size_t>& numbers,
                         std::size_t components) {
  std::vector<double> taken;
  for (const std::size_t i : numbers)
    taken.insert(taken.end(), rows.begin() + static_cast<std::ptrdiff_t>(i * components),
                 rows.begin() + static_cast<std::ptrdiff_t>((i + 1) * components));
  return taken;
}

std::vector<double> collect(std::span<const double> own, const std::vector<std::size_t>& numbers, std::size_t count,
                            std::size_t components, MPI_Comm communicator) {
  std::vector<double> all(count * components, 0.0);
  for (std::size_t k = 0; k < numbers.size(); ++k)
    for (std::size_t c = 0; c < components; ++c) all[numbers[k] * components + c] = own[k * components + c];
  all_reduce(communicator, std::span<double>(all), MPI_SUM);
  return all;
}

std::vector<double> count_others(const Points& sources, const Points& targets) {
  std::map<std::array<double, 3>, std::size_t> piles;
  for (std::size_t i = 0; i < sources.size(); i += 3) ++piles[{sources[i], sources[i + 1], sources[i + 2]}];
  std::vector<double> counts;
  for (std::size_t i = 0; i < targets.size(); i += 3) {
    const auto pile = piles.find({targets[i], targets[i + 1], targets[i + 2]});
    counts.push_back(static_cast<double>(sources.size() / 3 - (pile == piles.end() ? 0 : pile->second)));
  }
  return counts;
}

Field direct_field(const std::string& kernel, double lambda, const Points& sources, std::span<const double> charges,
                   const Points& targets) {
  const bool stokeslet = kernel == "stokeslet";
  const std::size_t dim = stokeslet ? 3 : 1;
  Field field;
  for (std::size_t t = 0; t < targets.size(); t += 3) {
    std::array<Real, 3> potential{};
    std::array<Real, 9> gradient{};
    for (std::size_t s = 0; s < sources.size(); s += 3) {
      Vector d{};
      for (std::size_t axis = 0; axis < 3; ++axis) d[axis] = Real{targets[t + axis]} - sources[s + axis];
      const Real r = std::sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
      if (r == 0) continue;
      const double* charge = &charges[s / 3 * dim];
      if (stokeslet)
        add_stokeslet(d, r, charge, potential.data(), gradient.data());
      else
        add_scalar(kernel == "yukawa" ? Real{lambda} : Real{0}, d, r, charge, potential.data(), gradient.data());
    }
    for (std::size_t i = 0; i < dim; ++i) field.potentials.push_back(static_cast<double>(potential[i]));
    for (std::size_t i = 0; i < 3 * dim; ++i) field.gradients.push_back(static_cast<double>(gradient[i]));
  }
  return field;
}

double relative_l2(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size()) throw std::invalid_argument("relative_l2: different lengths");
  double error = 0.0, norm = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    error += (a[i] - b[i]) * (a[i] - b[i]);
    norm += b[i] * b[i];
  }
  return norm == 0.0 ? std::sqrt(error) : std::sqrt(error / norm);
}

std::vector<double> thin(std::span<const double> rows, std::size_t components, std::size_t stride) {
  std::vector<double> kept;
  for (std::size_t i = 0; i * components < rows.size(); i += stride)
    for (std::size_t c = 0; c < components; ++c) kept.push_back(rows[i * components + c]);
  return kept;
}

}
