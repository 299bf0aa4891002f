// SPDX-License-Identifier: BSD-3-Clause
// Closed surfaces of flat triangles: generated, or read from files. Every rank has all of it.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace boundary {

using Vector = std::array<double, 3>;

inline Vector operator+(const Vector& a, const Vector& b) { return {a[0] + b[0], a[1] + b[1], a[2] + b[2]}; }
inline Vector operator-(const Vector& a, const Vector& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }
inline Vector operator*(double s, const Vector& a) { return {s * a[0], s * a[1], s * a[2]}; }
inline double dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
inline Vector cross(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
double length(const Vector& a);

/// Triangles turn counter-clockwise seen from outside.
struct Mesh {
  std::vector<Vector> vertices;
  std::vector<std::array<int, 3>> triangles;
  std::vector<int> surfaces{};  ///< the closed surface of each triangle, counted from 0; make_outward finds them
};

/// Throws std::runtime_error unless make_shape can make it.
void check_shape(const std::string& name, long refinement);

/// "sphere" of radius 1, "cube" of edge 1 (graded towards its edges), "torus" of radii 1 and 0.4, "ellipsoid" of half
/// axes 1, 0.7 and 0.4; 4^refinement times 8, 12, 64, 8 triangles.
Mesh make_shape(const std::string& name, int refinement);

/// By the extension: .off, .stl (text or binary), .msh (Gmsh 2.2 or 4.1, text). Throws std::runtime_error.
Mesh read_mesh(const std::string& file);

/// Merges vertices of equal coordinates, finds the closed surfaces (triangles connected by edges), and turns each of
/// them outwards by itself, also where one lies within another. Throws std::runtime_error with the numbers of the
/// triangles when a surface has a hole, edges of more than two triangles, inconsistently oriented neighbours or no
/// volume, or when triangles coincide or have no area.
void make_outward(Mesh& mesh);
[[nodiscard]] int num_surfaces(const Mesh& mesh);

/// Sorts the triangles, after make_outward, along a Morton curve, so that those of a rank lie together.
void sort_along_curve(Mesh& mesh);

/// Divides the mesh by a power of two, which is returned, so that its extent is between 1 and 2. No digit changes.
double scale_to_unit(Mesh& mesh);

/// Writes the triangles and their values, [triangle][component], for ParaView (.vtu). Throws std::runtime_error.
void write_vtu(const std::string& file, const Mesh& mesh, const char* name, const std::vector<double>& values);

}
