// SPDX-License-Identifier: BSD-3-Clause
#include "examples/boundary/mesh.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iomanip>
#include <map>
#include <numbers>
#include <numeric>
#include <stdexcept>
#include <tuple>

namespace boundary {
namespace {

using Triple = std::array<int, 3>;

/// Puts points that are the same into one vertex.
class Vertices {
 public:
  explicit Vertices(Mesh& mesh) : mesh_(mesh) {}
  int operator()(const Vector& point) {
    const auto [place, is_new] = numbers_.try_emplace(point, static_cast<int>(mesh_.vertices.size()));
    if (is_new) mesh_.vertices.push_back(point);
    return place->second;
  }

 private:
  Mesh& mesh_;
  std::map<Vector, int> numbers_;
};

/// A grid of (u, v) in [0, 1]^2 with n x m cells of two triangles each.
template <class Point>
void add_patch(Vertices& vertices, Mesh& mesh, int n, int m, const Point& point) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < m; ++j) {
      const int a = vertices(point(i, j)), b = vertices(point(i + 1, j)), c = vertices(point(i + 1, j + 1)),
                d = vertices(point(i, j + 1));
      mesh.triangles.push_back({a, b, c});
      mesh.triangles.push_back({a, c, d});
    }
}

/// The octahedron, its triangles split into four and again, on the unit sphere.
Mesh make_sphere(int refinement) {
  Mesh mesh;
  mesh.vertices = {{1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}, {0, 0, 1}, {0, 0, -1}};
  mesh.triangles = {{0, 2, 4}, {2, 1, 4}, {1, 3, 4}, {3, 0, 4}, {2, 0, 5}, {1, 2, 5}, {3, 1, 5}, {0, 3, 5}};
  for (int level = 0; level < refinement; ++level) {
    std::map<std::pair<int, int>, int> middles;
    const auto middle = [&](int a, int b) {
      const auto [place, is_new] = middles.try_emplace(std::minmax(a, b), static_cast<int>(mesh.vertices.size()));
      if (is_new) {
        const Vector sum = mesh.vertices[static_cast<std::size_t>(a)] + mesh.vertices[static_cast<std::size_t>(b)];
        mesh.vertices.push_back((1.0 / length(sum)) * sum);
      }
      return place->second;
    };
    std::vector<Triple> finer;
    for (const auto& [a, b, c] : mesh.triangles) {
      const int ab = middle(a, b), bc = middle(b, c), ca = middle(c, a);
      finer.insert(finer.end(), {{a, ab, ca}, {ab, b, bc}, {ca, bc, c}, {ab, bc, ca}});
    }
    mesh.triangles = std::move(finer);
  }
  return mesh;
}

Mesh make_ellipsoid(int refinement) {
  Mesh mesh = make_sphere(refinement);
  for (Vector& vertex : mesh.vertices) vertex = {vertex[0], 0.7 * vertex[1], 0.4 * vertex[2]};
  return mesh;
}

Mesh make_cube(int refinement) {
  const int n = 1 << refinement;
  // Smaller triangles at the edges, where the charge density is infinite.
  std::vector<double> place;
  for (int i = 0; i <= n; ++i) place.push_back(0.5 - 0.5 * std::cos(std::numbers::pi * i / n));
  place.front() = 0.0;
  place.back() = 1.0;
  Mesh mesh;
  Vertices vertices(mesh);
  for (std::size_t axis = 0; axis < 3; ++axis)
    for (const double side : {0.0, 1.0})
      add_patch(vertices, mesh, n, n, [&](int i, int j) {
        Vector point{};
        point[axis] = side;
        point[(axis + 1) % 3] = place[static_cast<std::size_t>(side > 0.0 ? i : j)];
        point[(axis + 2) % 3] = place[static_cast<std::size_t>(side > 0.0 ? j : i)];
        return point;
      });
  return mesh;
}

Mesh make_torus(int refinement) {
  const int n = 8 << refinement, m = 4 << refinement;
  Mesh mesh;
  Vertices vertices(mesh);
  add_patch(vertices, mesh, n, m, [=](int i, int j) {
    const double u = 2.0 * std::numbers::pi * (i % n) / n, v = 2.0 * std::numbers::pi * (j % m) / m;
    const double radius = 1.0 + 0.4 * std::cos(v);
    return Vector{radius * std::cos(u), radius * std::sin(u), 0.4 * std::sin(v)};
  });
  return mesh;
}

std::uint64_t morton_of(const Vector& point, const Vector& lowest, double extent) {
  std::uint64_t key = 0;
  std::array<std::uint32_t, 3> cell{};
  for (std::size_t axis = 0; axis < 3; ++axis)
    cell[axis] = static_cast<std::uint32_t>((point[axis] - lowest[axis]) / extent * 2097151.0);
  for (int bit = 20; bit >= 0; --bit)
    for (std::size_t axis = 0; axis < 3; ++axis) key = key << 1 | (cell[axis] >> bit & 1U);
  return key;
}

/// Lowest corner and longest edge of the box around all vertices.
std::pair<Vector, double> box_of(const Mesh& mesh) {
  Vector lowest = mesh.vertices.front(), highest = lowest;
  for (const Vector& vertex : mesh.vertices)
    for (std::size_t axis = 0; axis < 3; ++axis) {
      lowest[axis] = std::min(lowest[axis], vertex[axis]);
      highest[axis] = std::max(highest[axis], vertex[axis]);
    }
  const Vector size = highest - lowest;
  return {lowest, std::max({size[0], size[1], size[2]})};
}

}

double length(const Vector& a) { return std::sqrt(dot(a, a)); }

void check_shape(const std::string& name, long refinement) {
  if (name != "sphere" && name != "ellipsoid" && name != "cube" && name != "torus")
    throw std::runtime_error("there is no shape '" + name + "': take sphere, cube, torus or ellipsoid");
  if (refinement < 0 || refinement > 11)
    throw std::runtime_error("the refinement must be 0 to 11, not " + std::to_string(refinement));
}

Mesh make_shape(const std::string& name, int refinement) {
  check_shape(name, refinement);
  if (name == "sphere") return make_sphere(refinement);
  if (name == "ellipsoid") return make_ellipsoid(refinement);
  if (name == "cube") return make_cube(refinement);
  return make_torus(refinement);
}

double scale_to_unit(Mesh& mesh) {
  const double unit = std::ldexp(1.0, std::ilogb(box_of(mesh).second));
  for (Vector& vertex : mesh.vertices) vertex = (1.0 / unit) * vertex;
  return unit;
}

void sort_along_curve(Mesh& mesh) {
  const auto [lowest, extent] = box_of(mesh);
  std::vector<std::tuple<std::uint64_t, Triple, int>> keyed;
  for (std::size_t i = 0; i < mesh.triangles.size(); ++i) {
    const Triple& triangle = mesh.triangles[i];
    const auto corner = [&](std::size_t k) { return mesh.vertices[static_cast<std::size_t>(triangle[k])]; };
    keyed.emplace_back(morton_of((1.0 / 3.0) * (corner(0) + corner(1) + corner(2)), lowest, extent), triangle,
                       mesh.surfaces[i]);
  }
  std::sort(keyed.begin(), keyed.end());
  for (std::size_t i = 0; i < keyed.size(); ++i) std::tie(std::ignore, mesh.triangles[i], mesh.surfaces[i]) = keyed[i];
}

void write_vtu(const std::string& file, const Mesh& mesh, const char* name, const std::vector<double>& values) {
  std::ofstream out(file);
  out << std::setprecision(17) << "<VTKFile type=\"UnstructuredGrid\" version=\"1.0\">\n<UnstructuredGrid>\n"
      << "<Piece NumberOfPoints=\"" << mesh.vertices.size() << "\" NumberOfCells=\"" << mesh.triangles.size()
      << "\">\n<Points>\n<DataArray type=\"Float64\" NumberOfComponents=\"3\" format=\"ascii\">\n";
  for (const Vector& v : mesh.vertices) out << v[0] << ' ' << v[1] << ' ' << v[2] << '\n';
  out << "</DataArray>\n</Points>\n<Cells>\n<DataArray type=\"Int32\" Name=\"connectivity\" format=\"ascii\">\n";
  for (const auto& t : mesh.triangles) out << t[0] << ' ' << t[1] << ' ' << t[2] << '\n';
  out << "</DataArray>\n<DataArray type=\"Int32\" Name=\"offsets\" format=\"ascii\">\n";
  for (std::size_t i = 1; i <= mesh.triangles.size(); ++i) out << 3 * i << '\n';
  out << "</DataArray>\n<DataArray type=\"UInt8\" Name=\"types\" format=\"ascii\">\n";
  for (std::size_t i = 0; i < mesh.triangles.size(); ++i) out << "5\n";
  out << "</DataArray>\n</Cells>\n<CellData>\n<DataArray type=\"Float64\" Name=\"" << name << "\" NumberOfComponents=\""
      << values.size() / mesh.triangles.size() << "\" format=\"ascii\">\n";
  for (const double value : values) out << value << '\n';
  out << "</DataArray>\n</CellData>\n</Piece>\n</UnstructuredGrid>\n</VTKFile>\n";
  out.close();
  if (!out) throw std::runtime_error("cannot write " + file);
}

}
