// SPDX-License-Identifier: BSD-3-Clause
// Checks of a mesh: every triangle belongs to a closed surface, which is turned outwards.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <tuple>

#include "examples/boundary/mesh.hpp"

namespace boundary {
namespace {

std::string text_of(const Vector& point) {
  std::ostringstream text;
  text << '(' << point[0] << ", " << point[1] << ", " << point[2] << ')';
  return text.str();
}

const Vector& corner_of(const Mesh& mesh, std::size_t triangle, std::size_t k) {
  return mesh.vertices[static_cast<std::size_t>(mesh.triangles[triangle][k])];
}

/// Merges vertices of equal coordinates and drops those of no triangle.
void weld(Mesh& mesh) {
  Mesh welded;
  std::map<Vector, int> numbers;
  for (std::size_t i = 0; i < mesh.triangles.size(); ++i) {
    auto& triangle = welded.triangles.emplace_back();
    for (std::size_t k = 0; k < 3; ++k) {
      const Vector& corner = corner_of(mesh, i, k);
      if (!std::all_of(corner.begin(), corner.end(), [](double x) { return std::isfinite(x); }))
        throw std::runtime_error("triangle " + std::to_string(i) + " has a corner that is not finite");
      const auto [place, is_new] = numbers.try_emplace(corner, static_cast<int>(welded.vertices.size()));
      if (is_new) welded.vertices.push_back(corner);
      triangle[k] = place->second;
    }
  }
  mesh = std::move(welded);
}

void check_triangles(const Mesh& mesh) {
  std::map<std::array<int, 3>, std::size_t> first;
  for (std::size_t i = 0; i < mesh.triangles.size(); ++i) {
    const Vector a = corner_of(mesh, i, 1) - corner_of(mesh, i, 0), b = corner_of(mesh, i, 2) - corner_of(mesh, i, 0);
    const double longest = std::max({length(a), length(b), length(b - a)});
    // A height below this has a normal of rounding errors.
    if (!(length(cross(a, b)) > 1e-10 * longest * longest) || !std::isfinite(longest * longest))
      throw std::runtime_error("triangle " + std::to_string(i) + " (counted from 0) at " +
                               text_of(corner_of(mesh, i, 0)) + " has no area: remove it from the mesh");
    auto corners = mesh.triangles[i];
    std::sort(corners.begin(), corners.end());
    const auto [place, is_new] = first.try_emplace(corners, i);
    if (!is_new)
      throw std::runtime_error("triangles " + std::to_string(place->second) + " and " + std::to_string(i) +
                               " (counted from 0) coincide: remove both where conductors touch, or else one of them");
  }
}

struct Edge {
  std::pair<int, int> ends;
  std::size_t triangle = 0;
  bool forward = true;
  bool operator<(const Edge& other) const { return std::tie(ends, triangle) < std::tie(other.ends, other.triangle); }
};

std::vector<Edge> sorted_edges(const Mesh& mesh) {
  std::vector<Edge> edges;
  for (std::size_t i = 0; i < mesh.triangles.size(); ++i)
    for (std::size_t k = 0; k < 3; ++k) {
      const int from = mesh.triangles[i][k], to = mesh.triangles[i][(k + 1) % 3];
      edges.push_back({std::minmax(from, to), i, from < to});
    }
  std::sort(edges.begin(), edges.end());
  return edges;
}

/// Throws unless the edges [begin, end), which have the same ends, are one edge of two consistently oriented
/// triangles.
void check_edge(const Mesh& mesh, const Edge* begin, const Edge* end) {
  if (end - begin == 2 && begin->forward != begin[1].forward) return;
  std::string numbers;
  for (const Edge* edge = begin; edge < end; ++edge)
    numbers += (edge == begin ? "" : edge + 1 == end ? " and " : ", ") + std::to_string(edge->triangle);
  const auto end_point = [&](int vertex) { return text_of(mesh.vertices[static_cast<std::size_t>(vertex)]); };
  const std::string where =
      " (counted from 0), edge from " + end_point(begin->ends.first) + " to " + end_point(begin->ends.second);
  if (end - begin == 1)
    throw std::runtime_error("the surface has a hole beside triangle " + numbers + where + ": close the surface");
  if (end - begin > 2)
    throw std::runtime_error("more than two triangles share an edge: " + numbers + where +
                             ": separate the conductors, or merge them into one closed surface");
  throw std::runtime_error("neighbouring triangles are inconsistently oriented: " + numbers + where +
                           ": list the corners of one of them in the opposite order");
}

/// Numbers the closed surfaces, which are connected by edges.
void find_surfaces(Mesh& mesh) {
  const std::vector<Edge> edges = sorted_edges(mesh);
  std::vector<std::size_t> parent(mesh.triangles.size());
  std::iota(parent.begin(), parent.end(), std::size_t{0});
  const auto root = [&](std::size_t i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
  };
  for (const Edge *begin = edges.data(), *last = begin + edges.size(); begin < last;) {
    const Edge* end = std::find_if(begin, last, [&](const Edge& edge) { return edge.ends != begin->ends; });
    check_edge(mesh, begin, end);
    const std::size_t a = root(begin[0].triangle), b = root(begin[1].triangle);
    parent[std::max(a, b)] = std::min(a, b);
    begin = end;
  }
  mesh.surfaces.assign(mesh.triangles.size(), 0);
  int count = 0;
  for (std::size_t i = 0; i < mesh.triangles.size(); ++i)  // a root is the first triangle of its surface
    mesh.surfaces[i] = root(i) == i ? count++ : mesh.surfaces[root(i)];
}

}

void make_outward(Mesh& mesh) {
  weld(mesh);
  check_triangles(mesh);
  find_surfaces(mesh);
  const auto count = static_cast<std::size_t>(num_surfaces(mesh));
  std::vector<double> volumes(count, 0.0), sizes(count, 0.0);
  std::vector<std::size_t> first(count, mesh.triangles.size());
  for (std::size_t i = 0; i < mesh.triangles.size(); ++i) {
    const auto surface = static_cast<std::size_t>(mesh.surfaces[i]);
    first[surface] = std::min(first[surface], i);
    // From a corner of the surface itself, so that digits do not cancel far from the origin.
    const Vector& origin = corner_of(mesh, first[surface], 0);
    const Vector a = corner_of(mesh, i, 0) - origin, b = corner_of(mesh, i, 1) - origin,
                 c = corner_of(mesh, i, 2) - origin;
    volumes[surface] += dot(a, cross(b, c));
    sizes[surface] += length(a) * length(cross(b - a, c - a));
  }
  for (std::size_t k = 0; k < count; ++k)
    if (!(std::abs(volumes[k]) > 1e-12 * sizes[k]))
      throw std::runtime_error("the surface of triangle " + std::to_string(first[k]) +
                               " (counted from 0) encloses no volume: give the conductor a thickness");
  for (std::size_t i = 0; i < mesh.triangles.size(); ++i)
    if (volumes[static_cast<std::size_t>(mesh.surfaces[i])] < 0.0)
      std::swap(mesh.triangles[i][1], mesh.triangles[i][2]);
}

int num_surfaces(const Mesh& mesh) {
  return mesh.surfaces.empty() ? 0 : 1 + *std::max_element(mesh.surfaces.begin(), mesh.surfaces.end());
}

}
