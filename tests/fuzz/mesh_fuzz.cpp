// SPDX-License-Identifier: BSD-3-Clause
// The first byte chooses the format.
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "examples/boundary/mesh.hpp"
#include "fuzz/fuzz_support.hpp"

int LLVMFuzzerInitialize(int*, char***) { return 0; }

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const char* const end = data[0] % 3 == 0 ? ".off" : data[0] % 3 == 1 ? ".stl" : ".msh";
  try {
    boundary::Mesh mesh = boundary::read_mesh(nearfar::fuzz::file_of({data + 1, size - 1}, end));
    const auto num_vertices = static_cast<int>(mesh.vertices.size());
    for (const auto& triangle : mesh.triangles)
      for (const int corner : triangle)
        if (corner < 0 || corner >= num_vertices) nearfar::fuzz::require_no_fault("a triangle has no such vertex");
    for (const auto& vertex : mesh.vertices)
      if (!std::all_of(vertex.begin(), vertex.end(), [](double x) { return std::isfinite(x); }))
        nearfar::fuzz::require_no_fault("a vertex is not finite");
    if (mesh.triangles.size() > 1000) return 0;
    boundary::make_outward(mesh);
    boundary::sort_along_curve(mesh);
    (void)boundary::scale_to_unit(mesh);
  } catch (const std::runtime_error&) {
  }
  return 0;
}
