// SPDX-License-Identifier: BSD-3-Clause
// Meshes from .off, .stl and .msh files.
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "examples/capacitance/mesh.hpp"

namespace capacitance {
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

/// Vertices by their coordinates: STL repeats them for each triangle.
struct Soup {
  Mesh mesh;
  std::map<Vector, int> numbers;
  void add(const std::array<Vector, 3>& corners) {
    std::array<int, 3> triangle{};
    for (std::size_t k = 0; k < 3; ++k) {
      const auto [place, is_new] = numbers.try_emplace(corners[k], static_cast<int>(mesh.vertices.size()));
      if (is_new) mesh.vertices.push_back(corners[k]);
      triangle[k] = place->second;
    }
    mesh.triangles.push_back(triangle);
  }
};

Mesh read_stl(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  Soup soup;
  std::uint32_t count = 0;
  if (bytes.size() >= 84) std::memcpy(&count, bytes.data() + 80, 4);
  if (bytes.size() >= 84 && bytes.size() == 84 + 50 * std::size_t{count}) {
    for (std::size_t i = 0; i < count; ++i) {
      float numbers[12];
      std::memcpy(numbers, bytes.data() + 84 + 50 * i, sizeof numbers);
      std::array<Vector, 3> corners;
      for (std::size_t k = 0; k < 9; ++k) corners[k / 3][k % 3] = numbers[3 + k];
      soup.add(corners);
    }
    return soup.mesh;
  }
  std::istringstream text(bytes);
  std::string word;
  if (!(text >> word) || word != "solid") fail(file, "it is neither a text nor a binary STL file");
  std::vector<Vector> corners;
  while (text >> word)
    if (word == "vertex") corners.push_back(next_point(text, file));
  if (corners.empty() || corners.size() % 3 != 0) fail(file, "its vertices do not make triangles");
  for (std::size_t i = 0; i < corners.size(); i += 3) soup.add({corners[i], corners[i + 1], corners[i + 2]});
  return soup.mesh;
}

/// Gmsh's numbers of vertices, which may have gaps.
struct Gmsh {
  Mesh mesh;
  std::map<long, int> numbers;

  void add_vertex(long number, const Vector& point) {
    numbers[number] = static_cast<int>(mesh.vertices.size());
    mesh.vertices.push_back(point);
  }
  void add_triangle(std::istream& in, const std::string& file) {
    std::array<int, 3> triangle{};
    for (int& corner : triangle) {
      const auto place = numbers.find(next<long>(in, file));
      if (place == numbers.end()) fail(file, "a triangle has no such vertex");
      corner = place->second;
    }
    mesh.triangles.push_back(triangle);
  }
};

constexpr int gmsh_triangle = 2;

void read_nodes(std::istream& in, const std::string& file, bool version_4, Gmsh& gmsh) {
  if (!version_4) {
    for (auto left = next<long>(in, file); left > 0; --left) {
      const auto number = next<long>(in, file);
      gmsh.add_vertex(number, next_point(in, file));
    }
    return;
  }
  const auto blocks = next<long>(in, file);
  for (int i = 0; i < 3; ++i) (void)next<long>(in, file);
  for (long block = 0; block < blocks; ++block) {
    for (int i = 0; i < 3; ++i) (void)next<long>(in, file);
    std::vector<long> numbers(static_cast<std::size_t>(next<long>(in, file)));
    for (long& number : numbers) number = next<long>(in, file);
    for (const long number : numbers) gmsh.add_vertex(number, next_point(in, file));
  }
}

void read_elements(std::istream& in, const std::string& file, bool version_4, Gmsh& gmsh) {
  std::string line;
  if (!version_4) {
    for (auto left = next<long>(in, file); left > 0; --left) {
      (void)next<long>(in, file);
      const auto type = next<int>(in, file);
      for (auto tags = next<int>(in, file); tags > 0; --tags) (void)next<long>(in, file);
      if (type == gmsh_triangle)
        gmsh.add_triangle(in, file);
      else
        std::getline(in, line);
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
      if (type == gmsh_triangle)
        gmsh.add_triangle(in, file);
      else
        std::getline(in, line);
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
    } else if (word == "$Nodes") {
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
  return mesh;
}

}
