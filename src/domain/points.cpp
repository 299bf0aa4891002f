// SPDX-License-Identifier: BSD-3-Clause
#include "domain/points.hpp"

namespace nearfar {
namespace {

struct Arrival {
  StarForest forest;
  Coordinates coordinates;
};

[[nodiscard]] Arrival bring(MPI_Comm communicator, const std::vector<PointRecord>& records,
                            std::span<const double> caller, double unit) {
  std::vector<RootPlace> places;
  places.reserve(records.size());
  for (const auto& record : records) places.push_back({record.rank, record.index});
  Arrival arrival{StarForest(communicator, static_cast<Index>(caller.size() / 3), places), {}};
  std::vector<double> packed(records.size() * 3);
  arrival.forest.copy(3, caller.data(), packed.data());
  unpack_coordinates(packed, unit, 0, arrival.coordinates);
  return arrival;
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

DomainPoints make_domain_points(MPI_Comm communicator, const Partition& partition, const CallerPoints& points) {
  DomainPoints domain;
  domain.targets_are_sources = points.targets_are_sources;
  domain.num_sources = size_of(partition.sources);
  domain.num_targets = size_of(partition.target_records());
  auto sources = bring(communicator, partition.sources, points.sources, partition.root.unit);
  domain.caller_sources = std::move(sources.forest);
  domain.sources = std::move(sources.coordinates);
  if (points.targets_are_sources) return domain;
  auto targets = bring(communicator, partition.targets, points.targets, partition.root.unit);
  domain.caller_targets = std::move(targets.forest);
  domain.own_targets = std::move(targets.coordinates);
  return domain;
}

}
