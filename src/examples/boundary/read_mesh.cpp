// SPDX-License-Identifier: BSD-3-Clause
// Meshes from .off, .stl and .msh files.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "examples/boundary/mesh.hpp"

namespace boundary {
namespace {

[[noreturn]] void fail(const std::string& file, const std::string& what) {
  throw std::runtime_error("cannot read the mesh " + file + ": " + what);
}

/// The next value, or an error.
template <class T>
T next(std::istream& in, const std::string& file) {
  T value{};
  if (!(in >> value)) fail(file, "it ends too early, or has something else where a number should be");
  return value;
}

Vector next_point(std::istream& in, const std::string& file) {
  Vector point{};
  for (double& coordinate : point) coordinate = next<double>(in, file);
  return point;
}

Mesh read_off(const std::string& file) {
  std::ifstream stream(file);
  std::string line, text;
  while (std::getline(stream, line)) text += line.substr(0, line.find('#')) + '\n';
  std::istringstream in(text);
  if (next<std::string>(in, file) != "OFF") fail(file, "it does not begin with OFF");
  const auto num_vertices = next<int>(in, file), num_faces = next<int>(in, file);
  (void)next<int>(in, file);  // edges
  Mesh mesh;
  for (int i = 0; i < num_vertices; ++i) mesh.vertices.push_back(next_point(in, file));
  for (int i = 0; i < num_faces; ++i) {
    if (next<int>(in, file) != 3) fail(file, "face " + std::to_string(i) + " is not a triangle");
    std::array<int, 3> triangle{};
    for (int& corner : triangle) {
      corner = next<int>(in, file);
      if (corner < 0 || corner >= num_vertices) fail(file, "face " + std::to_string(i) + " has no such vertex");
    }
    mesh.triangles.push_back(triangle);
    std::getline(in, line);  // colours
  }
  return mesh;
}

/// Three vertices of its own for each triangle: make_outward merges those that are equal.
void add_loose(Mesh& mesh, const std::array<Vector, 3>& corners) {
  const auto first = static_cast<int>(mesh.vertices.size());
  mesh.vertices.insert(mesh.vertices.end(), corners.begin(), corners.end());
  mesh.triangles.push_back({first, first + 1, first + 2});
}

Mesh read_stl(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  Mesh mesh;
  std::uint32_t count = 0;
  if (bytes.size() >= 84) std::memcpy(&count, bytes.data() + 80, 4);
  if (bytes.size() >= 84 && bytes.size() == 84 + 50 * std::size_t{count}) {
    for (std::size_t i = 0; i < count; ++i) {
      float numbers[12];
      std::memcpy(numbers, bytes.data() + 84 + 50 * i, sizeof numbers);
      std::array<Vector, 3> corners;
      for (std::size_t k = 0; k < 9; ++k) corners[k / 3][k % 3] = numbers[3 + k];
      add_loose(mesh, corners);
    }
    return mesh;
  }
  std::istringstream text(bytes);
  std::string word;
  if (!(text >> word) || word != "solid") fail(file, "it is neither a text nor a binary STL file");
  std::vector<Vector> corners;
  while (text >> word)
    if (word == "vertex") corners.push_back(next_point(text, file));
  if (corners.empty() || corners.size() % 3 != 0) fail(file, "its vertices do not make triangles");
  for (std::size_t i = 0; i < corners.size(); i += 3) add_loose(mesh, {corners[i], corners[i + 1], corners[i + 2]});
  return mesh;
}

/// Gmsh's numbers of vertices, which may have gaps.
struct Gmsh {
  Mesh mesh;
  std::map<long, int> numbers;

  void add_vertex(long number, const Vector& point, const std::string& file) {
    if (!numbers.try_emplace(number, static_cast<int>(mesh.vertices.size())).second)
      fail(file, "node " + std::to_string(number) + " is given twice");
    mesh.vertices.push_back(point);
  }
  void add_triangle(std::istream& in, const std::string& file) {
    std::array<int, 3> triangle{};
    for (int& corner : triangle) {
      const auto place = numbers.find(next<long>(in, file));
      if (place == numbers.end())
        fail(file,
             "triangle " + std::to_string(mesh.triangles.size()) + " (counted from 0) has a node that is not there");
      corner = place->second;
    }
    mesh.triangles.push_back(triangle);
  }
  /// Reads an element's nodes, of which only those of triangles count: curves and volumes have no part in the surface.
  void add_element(int type, std::istream& in, const std::string& file) {
    constexpr int line = 1, triangle = 2, tetrahedron = 4, hexahedron = 5, prism = 6, pyramid = 7, point = 15;
    constexpr std::array skipped{line, tetrahedron, hexahedron, prism, pyramid, point};
    if (type == triangle) return add_triangle(in, file);
    if (std::find(skipped.begin(), skipped.end(), type) == skipped.end())
      fail(file, "it has elements of Gmsh's type " + std::to_string(type) +
                     ": mesh the surface with triangles of first order (Mesh.ElementOrder = 1, no recombination)");
    std::string rest;
    std::getline(in, rest);
  }
};

void read_nodes(std::istream& in, const std::string& file, bool version_4, Gmsh& gmsh) {
  if (!version_4) {
    for (auto left = next<long>(in, file); left > 0; --left) {
      const auto number = next<long>(in, file);
      gmsh.add_vertex(number, next_point(in, file), file);
      std::string parameters;  // of $ParametricNodes
      std::getline(in, parameters);
    }
    return;
  }
  const auto blocks = next<long>(in, file);
  for (int i = 0; i < 3; ++i) (void)next<long>(in, file);
  for (long block = 0; block < blocks; ++block) {
    const auto dimension = next<int>(in, file);
    (void)next<long>(in, file);  // tag
    const bool parametric = next<int>(in, file) != 0;
    std::vector<long> numbers;
    for (auto left = next<long>(in, file); left > 0; --left) numbers.push_back(next<long>(in, file));
    for (const long number : numbers) {
      gmsh.add_vertex(number, next_point(in, file), file);
      for (int i = 0; parametric && i < dimension; ++i) (void)next<double>(in, file);
    }
  }
}

void read_elements(std::istream& in, const std::string& file, bool version_4, Gmsh& gmsh) {
  if (!version_4) {
    for (auto left = next<long>(in, file); left > 0; --left) {
      (void)next<long>(in, file);
      const auto type = next<int>(in, file);
      for (auto tags = next<int>(in, file); tags > 0; --tags) (void)next<long>(in, file);
      gmsh.add_element(type, in, file);
    }
    return;
  }
  const auto blocks = next<long>(in, file);
  for (int i = 0; i < 3; ++i) (void)next<long>(in, file);
  for (long block = 0; block < blocks; ++block) {
    (void)next<long>(in, file);
    (void)next<long>(in, file);
    const auto type = next<int>(in, file);
    for (auto left = next<long>(in, file); left > 0; --left) {
      (void)next<long>(in, file);
      gmsh.add_element(type, in, file);
    }
  }
}

Mesh read_msh(const std::string& file) {
  std::ifstream in(file);
  Gmsh gmsh;
  bool version_4 = false;
  for (std::string word; in >> word;) {
    if (word == "$MeshFormat") {
      const auto version = next<double>(in, file);
      version_4 = version >= 4.0;
      if (next<int>(in, file) != 0 || (version != 2.2 && version != 4.1))
        fail(file, "it must be a text file of version 2.2 or 4.1");
    } else if (word == "$Nodes" || word == "$ParametricNodes") {
      read_nodes(in, file, version_4, gmsh);
    } else if (word == "$Elements") {
      read_elements(in, file, version_4, gmsh);
    }
  }
  return gmsh.mesh;
}

}

Mesh read_mesh(const std::string& file) {
  if (!std::ifstream(file)) fail(file, "there is no such file");
  const auto ends_with = [&](const char* end) { return file.ends_with(end); };
  Mesh mesh = ends_with(".off")   ? read_off(file)
              : ends_with(".stl") ? read_stl(file)
              : ends_with(".msh") ? read_msh(file)
                                  : Mesh{};
  if (mesh.triangles.empty()) fail(file, "no triangles; the name must end in .off, .stl or .msh");
  // Binary files can hold any number.
  for (std::size_t i = 0; i < mesh.vertices.size(); ++i)
    for (const double coordinate : mesh.vertices[i])
      if (!std::isfinite(coordinate)) fail(file, "vertex " + std::to_string(i) + " is not finite");
  return mesh;
}

}
