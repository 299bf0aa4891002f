// SPDX-License-Identifier: BSD-3-Clause
// What a mesh must be, and how it is turned.
#include <gtest/gtest.h>

#include <limits>

#include "examples/boundary/mesh.hpp"

namespace boundary {
namespace {

void add(Mesh& mesh, const Mesh& other, double scale, const Vector& shift) {
  const auto first = static_cast<int>(mesh.vertices.size());
  for (const Vector& vertex : other.vertices) mesh.vertices.push_back(scale * vertex + shift);
  for (const auto& [a, b, c] : other.triangles) mesh.triangles.push_back({first + a, first + b, first + c});
}

Mesh inside_out(Mesh mesh) {
  for (auto& triangle : mesh.triangles) std::swap(triangle[0], triangle[1]);
  return mesh;
}

std::vector<double> volumes(const Mesh& mesh) {
  std::vector<double> result(static_cast<std::size_t>(num_surfaces(mesh)), 0.0);
  for (std::size_t i = 0; i < mesh.triangles.size(); ++i) {
    const auto corner = [&](std::size_t k) { return mesh.vertices[static_cast<std::size_t>(mesh.triangles[i][k])]; };
    result[static_cast<std::size_t>(mesh.surfaces[i])] += dot(corner(0), cross(corner(1), corner(2))) / 6.0;
  }
  return result;
}

std::string complaint_about(Mesh mesh) {
  try {
    make_outward(mesh);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

void expect_complaint(const Mesh& mesh, const std::string& begin) {
  EXPECT_EQ(complaint_about(mesh).substr(0, begin.size()), begin);
}

TEST(ClosedSurfaces, EachIsTurnedByItself) {
  const Mesh cube = make_shape("cube", 1);
  for (const bool first : {false, true})
    for (const bool second : {false, true})
      for (const Vector& shift : {Vector{2, 0, 0}, Vector{0.25, 0.25, 0.25}, Vector{1, 1, 1}}) {
        Mesh mesh;
        add(mesh, first ? inside_out(cube) : cube, 1.0, {});
        add(mesh, second ? inside_out(cube) : cube, 0.5, shift);
        make_outward(mesh);
        ASSERT_EQ(num_surfaces(mesh), 2);  // also where they share one corner, (1, 1, 1)
        sort_along_curve(mesh);
        EXPECT_NEAR(volumes(mesh)[0], 1.0, 1e-14);
        EXPECT_NEAR(volumes(mesh)[1], 0.125, 1e-14);
      }
}

TEST(ClosedSurfaces, FarFromTheOriginTheyAreTurnedToo) {
  const Mesh sphere = make_shape("sphere", 2);
  for (const double shift : {1e6, 3e6, 1e7, 3e7, 1e8})
    for (const bool turned : {false, true}) {
      const Vector centre{shift, 0.7 * shift, 0.3 * shift};
      Mesh mesh;
      add(mesh, turned ? inside_out(sphere) : sphere, 1.0, centre);
      make_outward(mesh);
      for (Vector& vertex : mesh.vertices) vertex = vertex - centre;
      EXPECT_NEAR(volumes(mesh)[0], 3.8, 0.2) << shift;
    }
}

TEST(ClosedSurfaces, EqualVerticesAreMerged) {
  const Mesh cube = make_shape("cube", 1);
  Mesh loose;
  for (const auto& triangle : cube.triangles) {
    const auto first = static_cast<int>(loose.vertices.size());
    for (const int corner : triangle) loose.vertices.push_back(cube.vertices[static_cast<std::size_t>(corner)]);
    loose.triangles.push_back({first, first + 1, first + 2});
  }
  make_outward(loose);
  EXPECT_EQ(loose.vertices.size(), cube.vertices.size());
  EXPECT_EQ(num_surfaces(loose), 1);
}

TEST(ClosedSurfaces, ComplaintsNameTheTriangles) {
  const Mesh cube = make_shape("cube", 1);
  Mesh hole = cube, twist = cube, flat = cube, infinite = cube, twice = cube, opposite = cube, thin = cube;
  hole.triangles.pop_back();
  expect_complaint(hole, "the surface has a hole beside triangle ");
  std::swap(twist.triangles[5][0], twist.triangles[5][1]);
  expect_complaint(twist, "neighbouring triangles are inconsistently oriented: ");
  for (Vector& vertex : flat.vertices) vertex[2] = 0.0;
  EXPECT_NE(complaint_about(flat), "");
  infinite.vertices[static_cast<std::size_t>(cube.triangles[7][1])][2] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NE(complaint_about(infinite).find("has a corner that is not finite"), std::string::npos);
  twice.triangles.push_back(cube.triangles[3]);
  expect_complaint(twice, "triangles 3 and 48 (counted from 0) coincide");
  opposite.triangles.push_back({cube.triangles[3][1], cube.triangles[3][0], cube.triangles[3][2]});
  expect_complaint(opposite, "triangles 3 and 48 (counted from 0) coincide");
  thin.triangles.push_back({0, 1, 1});
  expect_complaint(thin, "triangle 48 (counted from 0) at (");
}

TEST(ClosedSurfaces, CubesThatTouchAreRefused) {
  const Mesh cube = make_shape("cube", 1);
  Mesh edge, face;
  add(edge, cube, 1.0, {});
  add(edge, cube, 1.0, {1, 1, 0});
  expect_complaint(edge, "more than two triangles share an edge: ");
  Mesh mirrored = cube;
  for (Vector& vertex : mirrored.vertices) vertex[0] = 2.0 - vertex[0];
  add(face, cube, 1.0, {});
  add(face, mirrored, 1.0, {});
  EXPECT_NE(complaint_about(face).find("coincide"), std::string::npos);
}

TEST(ClosedSurfaces, VolumeIsNeeded) {
  // A tetrahedron whose corners lie in a plane: its triangles have areas, its volume is 0.
  const Mesh mesh{{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {1, 1, 0}}, {{0, 2, 1}, {0, 1, 3}, {0, 3, 2}, {1, 2, 3}}};
  expect_complaint(mesh, "the surface of triangle 0 (counted from 0) encloses no volume");
}

TEST(ClosedSurfaces, ScalesByPowersOfTwo) {
  Mesh mesh = make_shape("sphere", 1);
  for (Vector& vertex : mesh.vertices) vertex = 3e-13 * vertex;
  const Mesh small = mesh;
  const double unit = scale_to_unit(mesh);
  EXPECT_GE(2.0 * 3e-13 / unit, 1.0);
  EXPECT_LT(2.0 * 3e-13 / unit, 2.0);
  for (std::size_t i = 0; i < mesh.vertices.size(); ++i) EXPECT_EQ(unit * mesh.vertices[i], small.vertices[i]);
}

}
}
