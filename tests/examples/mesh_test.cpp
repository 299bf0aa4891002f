// SPDX-License-Identifier: BSD-3-Clause
#include "examples/boundary/mesh.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <limits>
#include <numbers>

namespace boundary {
namespace {

double volume(const Mesh& mesh) {
  double sum = 0.0;
  for (const auto& [a, b, c] : mesh.triangles)
    sum += dot(mesh.vertices[static_cast<std::size_t>(a)],
               cross(mesh.vertices[static_cast<std::size_t>(b)], mesh.vertices[static_cast<std::size_t>(c)]));
  return sum / 6.0;
}

TEST(Mesh, ShapesAreClosedAndTurnedOutwards) {
  using std::numbers::pi;
  for (const auto& [name, triangles, exact] : {std::tuple{"sphere", 8, 4.0 / 3.0 * pi},
                                               {"cube", 12, 1.0},
                                               {"torus", 64, 2.0 * pi * pi * 0.16},
                                               {"ellipsoid", 8, 4.0 / 3.0 * pi * 0.28}}) {
    Mesh mesh = make_shape(name, 3);
    EXPECT_EQ(mesh.triangles.size(), static_cast<std::size_t>(64 * triangles)) << name;
    const double before = volume(mesh);
    make_outward(mesh);
    sort_along_curve(mesh);
    EXPECT_NEAR(volume(mesh), before, 1e-12) << name;
    EXPECT_NEAR(volume(mesh), exact, 0.05 * exact) << name;
  }
  EXPECT_THROW(make_shape("donut", 1), std::runtime_error);
  EXPECT_THROW(make_shape("cube", -1), std::runtime_error);
}

/// A file that is gone after the test.
class File {
 public:
  File(const std::string& end, const std::string& content)
      : name_(testing::TempDir() + "nearfar_mesh_" + std::to_string(getpid()) + end) {
    std::ofstream(name_, std::ios::binary) << content;
  }
  ~File() { std::remove(name_.c_str()); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_;
};

constexpr const char* off =
    "OFF # a tetrahedron\n4 4 6\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n3 0 2 1\n3 0 1 3 255 0 0\n3 0 3 2\n3 1 2 3\n";
constexpr const char* msh_2 =
    "$MeshFormat\n2.2 0 8\n$EndMeshFormat\n$Nodes\n5\n1 0 0 0\n2 1 0 0\n7 0 1 0\n4 0 0 1\n5 9 9 9\n$EndNodes\n"
    "$Elements\n5\n1 15 2 0 1 1\n2 2 2 0 1 1 7 2\n3 2 2 0 1 1 2 4\n4 2 2 0 1 1 4 7\n5 2 2 0 1 2 7 4\n$EndElements\n";
constexpr const char* msh_4 =
    "$MeshFormat\n4.1 0 8\n$EndMeshFormat\n$Nodes\n2 4 1 7\n0 1 0 1\n1\n0 0 0\n2 1 0 3\n2\n7\n4\n1 0 0\n0 1 0\n0 0 1\n"
    "$EndNodes\n$Elements\n2 5 1 5\n0 1 15 1\n1 1\n2 1 2 4\n2 1 7 2\n3 1 2 4\n4 1 4 7\n5 2 7 4\n$EndElements\n";

std::string text_stl(const Mesh& mesh) {
  std::string text = "solid it\n";
  for (const auto& triangle : mesh.triangles) {
    text += "facet normal 0 0 0\nouter loop\n";
    for (const int corner : triangle) {
      const Vector& v = mesh.vertices[static_cast<std::size_t>(corner)];
      text += "vertex " + std::to_string(v[0]) + ' ' + std::to_string(v[1]) + ' ' + std::to_string(v[2]) + '\n';
    }
    text += "endloop\nendfacet\n";
  }
  return text + "endsolid it\n";
}

std::string binary_stl(const Mesh& mesh) {
  std::string bytes(80, ' ');
  const auto count = static_cast<std::uint32_t>(mesh.triangles.size());
  bytes.append(reinterpret_cast<const char*>(&count), 4);
  for (const auto& triangle : mesh.triangles) {
    float numbers[12] = {};
    for (std::size_t k = 0; k < 9; ++k)
      numbers[3 + k] = static_cast<float>(mesh.vertices[static_cast<std::size_t>(triangle[k / 3])][k % 3]);
    bytes.append(reinterpret_cast<const char*>(numbers), sizeof numbers);
    bytes.append(2, '\0');
  }
  return bytes;
}

TEST(Mesh, FilesOfAllFormatsAreTheSameTetrahedron) {
  const File first(".off", off);
  const Mesh tetrahedron = read_mesh(first.name());
  const std::array<std::pair<std::string, std::string>, 5> files{{{".off", off},
                                                                  {".2.msh", msh_2},
                                                                  {".4.msh", msh_4},
                                                                  {".text.stl", text_stl(tetrahedron)},
                                                                  {".binary.stl", binary_stl(tetrahedron)}}};
  for (const auto& [end, content] : files) {
    const File file(end, content);
    Mesh mesh = read_mesh(file.name());
    EXPECT_EQ(mesh.triangles.size(), 4U) << end;
    make_outward(mesh);
    EXPECT_NEAR(volume(mesh), 1.0 / 6.0, 1e-6) << end;
  }
}

/// Gmsh's nodes on curves and surfaces have one and two parameters more when Mesh.SaveParametric is set.
TEST(Mesh, ParametersOfGmshNodesAreSkipped) {
  for (const std::string content : {"$MeshFormat\n4.1 0 8\n$EndMeshFormat\n$Nodes\n4 4 1 70\n0 1 1 1\n1\n0 0 0\n1 1 1 "
                                    "1\n20\n1 0 0 0.5\n2 1 1 1\n70\n"
                                    "0 1 0 0.25 0.75\n3 1 1 1\n4\n0 0 1 7 8 9\n$EndNodes\n$Elements\n1 4 1 4\n2 1 2 "
                                    "4\n1 1 70 20\n2 1 20 4\n3 1 4 70\n"
                                    "4 20 70 4\n$EndElements\n",
                                    "$MeshFormat\n2.2 0 8\n$EndMeshFormat\n$ParametricNodes\n4\n1 0 0 0 0 1\n20 1 0 0 "
                                    "1 1 0.5\n70 0 1 0 2 1 0.25 0.75\n"
                                    "4 0 0 1 2 1 0.5 0.5\n$EndParametricNodes\n$Elements\n4\n1 2 2 0 1 1 70 20\n2 2 2 "
                                    "0 1 1 20 4\n3 2 2 0 1 1 4 70\n"
                                    "4 2 2 0 1 20 70 4\n$EndElements\n"}) {
    const File file(".msh", content);
    Mesh mesh = read_mesh(file.name());
    ASSERT_EQ(mesh.triangles.size(), 4U) << content;
    make_outward(mesh);
    EXPECT_DOUBLE_EQ(volume(mesh), 1.0 / 6.0) << content;
  }
}

TEST(Mesh, NumbersOfBinaryFilesAreFinite) {
  const File first(".off", off);
  Mesh mesh = read_mesh(first.name());
  for (const double odd : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    mesh.vertices[3][1] = odd;
    const File file(".stl", binary_stl(mesh));
    EXPECT_THROW((void)read_mesh(file.name()), std::runtime_error);
  }
}

TEST(Mesh, BrokenFilesAreRefused) {
  for (const auto& [end, content] : {std::pair{".off", "OFF 4 4 6 0 0"},
                                     {".off", "PLY"},
                                     {".off", "OFF 3 1 3 0 0 0 1 0 0 0 1 0 4 0 1 2 3"},
                                     {".off", "OFF 3 1 3 0 0 0 1 0 0 0 1 0 3 0 1 3"},
                                     {".stl", "hello"},
                                     {".stl", "solid x vertex 1 2 3 endsolid"},
                                     {".msh", "$MeshFormat 2.2 1 8"},
                                     {".msh", "$Elements 1 1 2 0 1 2 3"},
                                     {".msh", "$MeshFormat 4.1 1 8"},
                                     {".msh", "$MeshFormat 4 0 8"},
                                     {".msh", "$Nodes 2\n1 0 0 0\n1 1 0 0\n$EndNodes"},
                                     {".msh", "$Nodes 1\n1 0 0 0\n$EndNodes $Elements 1\n1 3 0 1 1 1 1\n"},
                                     {".msh", "$Nodes 1\n1 0 0 0\n$EndNodes $Elements 1\n1 9 0 1 1 1 1 1 1\n"},
                                     {".obj", "v 0 0 0"}}) {
    const File file(end, content);
    EXPECT_THROW(read_mesh(file.name()), std::runtime_error) << content;
  }
  EXPECT_THROW(read_mesh("no such file.off"), std::runtime_error);
}

}
}
