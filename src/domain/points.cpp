// SPDX-License-Identifier: BSD-3-Clause
#include "domain/points.hpp"

namespace nearfar {
namespace {

void bring(PointMap& map, const PointRecords& records, std::span<const double> caller, double unit,
           Coordinates& coordinates) {
  for (auto* axis : {&coordinates.x, &coordinates.y, &coordinates.z}) {
    axis->clear();
    axis->resize(records.size());
  }
  map.to_tree_axes(caller.data(), 1.0 / unit, {coordinates.x.data(), coordinates.y.data(), coordinates.z.data()});
}

}

void unpack_coordinates(std::span<const double> packed, double unit, Index begin, Coordinates& coordinates) {
  const auto count = static_cast<Index>(packed.size() / 3);
  for (auto* axis : {&coordinates.x, &coordinates.y, &coordinates.z}) axis->resize(at(begin + count));
  const double scale = 1.0 / unit;
  for (Index i = 0; i < count; ++i) {
    coordinates.x[at(begin + i)] = packed[3 * at(i)] * scale;
    coordinates.y[at(begin + i)] = packed[3 * at(i) + 1] * scale;
    coordinates.z[at(begin + i)] = packed[3 * at(i) + 2] * scale;
  }
}

void bring_points(MPI_Comm communicator, const Partition& partition, const CallerPoints& points, DomainPoints& domain) {
  domain.targets_are_sources = points.targets_are_sources;
  domain.num_sources = size_of(partition.sources);
  domain.num_targets = size_of(partition.target_records());
  domain.caller_sources = PointMap(communicator, partition.sources);
  bring(domain.caller_sources, partition.sources, points.sources, partition.root.unit, domain.sources);
  if (points.targets_are_sources) return;
  domain.caller_targets = PointMap(communicator, partition.targets);
  bring(domain.caller_targets, partition.targets, points.targets, partition.root.unit, domain.own_targets);
}

}
