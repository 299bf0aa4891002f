// SPDX-License-Identifier: BSD-3-Clause
#include "examples/boundary/layer.hpp"

#include <cmath>
#include <numbers>
#include <stdexcept>
#include <utility>

namespace boundary {
namespace {

constexpr double inverse_4_pi = 0.25 * std::numbers::inv_pi;

/// What multiplies (x - y).n in the double layer of exp(-lambda r) / (4 pi r), with lambda = 0 for laplace.
[[nodiscard]] double slope_of(double lambda, double r) {
  return inverse_4_pi * (1.0 + lambda * r) * std::exp(-lambda * r) / (r * r * r);
}

[[nodiscard]] double screening_of(const Physics& physics) { return physics.kernel == "yukawa" ? physics.lambda : 0.0; }

/// (c1 delta_ij + c2 d_i d_j)
[[nodiscard]] Block isotropic(double c1, double c2, const Vector& d) {
  Block block{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) block[3 * i + j] = (i == j ? c1 : 0.0) + c2 * d[i] * d[j];
  return block;
}

void add(Block& to, double factor, const Block& block) {
  for (std::size_t k = 0; k < block.size(); ++k) to[k] += factor * block[k];
}

/// T(d; n) = -j D(-d; n)^T by reciprocity, for the double layer at -d.
[[nodiscard]] Block dual_of(const Physics& physics, const Block& reversed) {
  if (physics.components == 1) return {-physics.jump * reversed[0]};
  Block block{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) block[3 * i + j] = -physics.jump * reversed[3 * j + i];
  return block;
}

/// Points and weights of Gauss and Legendre on [0, 1], by Newton's method.
struct Gauss {
  std::vector<double> points, weights;

  explicit Gauss(int count) {
    for (int k = 0; k < count; ++k) {
      double x = std::cos(std::numbers::pi * (k + 0.75) / (count + 0.5)), slope = 1.0;
      for (int step = 0; step < 20; ++step) {
        double value = x, before = 1.0;
        for (int n = 2; n <= count; ++n)
          before = std::exchange(value, ((2 * n - 1) * x * value - (n - 1) * before) / n);
        slope = count * (x * value - before) / (x * x - 1.0);
        x -= value / slope;
      }
      points.push_back(0.5 + 0.5 * x);
      weights.push_back(1.0 / ((1.0 - x * x) * slope * slope));
    }
  }
};

/// The single layer at the centroid x of the triangle: with y = x + s v(t), v from x to an edge, the area element is
/// 2 A s ds dt, whose s cancels the singularity.
[[nodiscard]] Block own_single_layer(const Physics& physics, const Triangle& source) {
  static const Gauss gauss(12);
  Block sum{};
  for (std::size_t k = 0; k < 3; ++k) {
    const Vector b = source.corners[k] - source.centroid, c = source.corners[(k + 1) % 3] - source.centroid;
    for (std::size_t i = 0; i < gauss.points.size(); ++i) {
      const Vector v = b + gauss.points[i] * (c - b);
      for (std::size_t j = 0; j < gauss.points.size(); ++j) {
        const double s = gauss.points[j];
        add(sum, gauss.weights[i] * gauss.weights[j] * (2.0 / 3.0) * source.area * s, single_layer(physics, (-s) * v));
      }
    }
  }
  return sum;
}

/// The principal value of the double layer at the centroid. In the triangle's plane d.n = 0, and what is left of
/// elasticity's follows from the integral of d / (4 pi r^3), minus the gradient of Laplace's potential.
[[nodiscard]] Block own_double_layer(const Physics& physics, const Triangle& source) {
  Block block{};
  if (physics.kernel != "elasticity") return block;
  const Vector g = potential_of(source, source.centroid).gradient, &n = source.normal;
  const double factor = 0.5 * (1.0 - 2.0 * physics.nu) / (1.0 - physics.nu);
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) block[3 * i + j] = factor * (g[i] * n[j] - n[i] * g[j]);
  return block;
}

[[nodiscard]] Block own_integral(const Layer& layer, double single, const Triangle& source) {
  Block sum{};
  if (layer.normal_rows) {
    Block reversed{};
    add(reversed, -single, own_double_layer(layer.physics, source));  // odd in d
    return dual_of(layer.physics, reversed);
  }
  if (single != 0.0) add(sum, single, own_single_layer(layer.physics, source));
  if (layer.doubled != 0.0) add(sum, layer.doubled, own_double_layer(layer.physics, source));
  return sum;
}

/// Laplace's layers in closed form.
[[nodiscard]] Block exact_integral(const Layer& layer, double single, const Triangle& source, const Vector& x,
                                   const Vector& n_x, bool is_own) {
  const Potential potential = potential_of(source, x);
  // A flat triangle has no normal field in its own plane.
  if (layer.normal_rows) return {is_own ? 0.0 : single * dot(n_x, potential.gradient)};
  return {single * potential.value - (is_own ? 0.0 : layer.doubled * dot(source.normal, potential.gradient))};
}

/// Splits triangles into four until they are small beside their distance.
class AdaptiveIntegral {
 public:
  AdaptiveIntegral(const Layer& layer, double single, const Triangle& source, const Vector& x, const Vector& n_x)
      : layer_(layer), single_(single), source_(source), x_(x), n_x_(n_x) {
    add_part(source.corners, source.area, source.diameter, 0);
  }
  [[nodiscard]] const Block& sum() const { return sum_; }

 private:
  static constexpr int most_levels = 10;
  static constexpr double ratio = 1.0;  // of the distance to the diameter

  void add_part(const std::array<Vector, 3>& corners, double area, double diameter, int level) {
    static const Rule rule = make_rule(7);
    const auto& [a, b, c] = corners;
    if (level < most_levels && length(x_ - (1.0 / 3.0) * (a + b + c)) < ratio * diameter) {
      const Vector ab = 0.5 * (a + b), bc = 0.5 * (b + c), ca = 0.5 * (c + a);
      for (const auto& part : {std::array{a, ab, ca}, {ab, b, bc}, {ca, bc, c}, {ab, bc, ca}})
        add_part(part, 0.25 * area, 0.5 * diameter, level + 1);
      return;
    }
    for (std::size_t g = 0; g < rule.points.size(); ++g) {
      const Vector& p = rule.points[g];
      add(sum_, area * rule.weights[g],
          block_of(layer_, single_, x_ - (p[0] * a + p[1] * b + p[2] * c), n_x_, source_.normal));
    }
  }

  const Layer& layer_;
  double single_;
  const Triangle& source_;
  Vector x_, n_x_;
  Block sum_{};
};

}

Physics make_physics(const std::string& kernel) {
  if (kernel == "laplace" || kernel == "yukawa")
    return {kernel, 1, "charge", "dipole", "potential", "normal_derivative"};
  if (kernel == "stokes") return {kernel, 3, "force", "stresslet", "velocity", "traction", 1.0};
  if (kernel == "elasticity") return {kernel, 3, "force", "double_layer", "displacement", "traction"};
  throw std::runtime_error("-kernel must be laplace, yukawa, stokes or elasticity, not " + kernel);
}

double Layer::single_of(int surface) const {
  return singles.empty() ? 0.0 : singles[static_cast<std::size_t>(surface)];
}

Block single_layer(const Physics& physics, const Vector& d) {
  const double r = length(d);
  if (physics.components == 1) return {inverse_4_pi * std::exp(-screening_of(physics) * r) / r};
  const double factor =
      physics.kernel == "stokes" ? 0.5 * inverse_4_pi : 0.25 * inverse_4_pi / (physics.mu * (1.0 - physics.nu));
  const double delta = physics.kernel == "stokes" ? 1.0 : 3.0 - 4.0 * physics.nu;
  return isotropic(factor * delta / r, factor / (r * r * r), d);
}

Block double_layer(const Physics& physics, const Vector& d, const Vector& n_y) {
  const double r = length(d), d_n = dot(d, n_y);
  if (physics.components == 1) return {slope_of(screening_of(physics), r) * d_n};
  if (physics.kernel == "stokes") return isotropic(0.0, -3.0 * inverse_4_pi * d_n / (r * r * r * r * r), d);
  const double factor = 0.5 * inverse_4_pi / ((1.0 - physics.nu) * r * r * r), shear = 1.0 - 2.0 * physics.nu;
  Block block = isotropic(factor * shear * d_n, 3.0 * factor * d_n / (r * r), d);
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) block[3 * i + j] += factor * shear * (n_y[i] * d[j] - d[i] * n_y[j]);
  return block;
}

Block normal_layer(const Physics& physics, const Vector& d, const Vector& n_x) {
  return dual_of(physics, double_layer(physics, -1.0 * d, n_x));
}

Block block_of(const Layer& layer, double single, const Vector& d, const Vector& n_x, const Vector& n_y) {
  Block sum{};
  if (dot(d, d) == 0.0) return sum;
  if (layer.normal_rows) {
    add(sum, single, normal_layer(layer.physics, d, n_x));
    return sum;
  }
  if (single != 0.0) add(sum, single, single_layer(layer.physics, d));
  if (layer.doubled != 0.0) add(sum, layer.doubled, double_layer(layer.physics, d, n_y));
  return sum;
}

Block integral_of(const Layer& layer, double single, const Triangle& source, const Vector& x, const Vector& n_x,
                  bool is_own) {
  if (layer.physics.kernel == "laplace") return exact_integral(layer, single, source, x, n_x, is_own);
  if (is_own) return own_integral(layer, single, source);
  return AdaptiveIntegral(layer, single, source, x, n_x).sum();
}

}
