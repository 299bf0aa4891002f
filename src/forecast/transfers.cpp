// SPDX-License-Identifier: BSD-3-Clause
#include "forecast/transfers.hpp"

#include <algorithm>
#include <tuple>

#include "base/types.hpp"

namespace nearfar {

Transfers merged(Transfers transfers) {
  std::erase_if(transfers, [](const Transfer& t) { return t.from == t.to; });
  std::sort(transfers.begin(), transfers.end(),
            [](const Transfer& a, const Transfer& b) { return std::tie(a.from, a.to) < std::tie(b.from, b.to); });
  Transfers sums;
  for (const Transfer& t : transfers)
    if (!sums.empty() && sums.back().from == t.from && sums.back().to == t.to)
      sums.back().count += t.count;
    else
      sums.push_back(t);
  return sums;
}

Transfers reversed(const Transfers& transfers) {
  Transfers back;
  back.reserve(transfers.size());
  for (const Transfer& t : transfers) back.push_back({t.to, t.from, t.count});
  return merged(std::move(back));
}

RelayedTransfers over_relays(const Transfers& transfers, const Relays& relays) {
  RelayedTransfers steps;
  for (const Transfer& t : transfers) {
    const int relay = relays.between(t.from, t.to);
    steps.to_relays.push_back({t.from, relay, t.count});
    steps.from_relays.push_back({relay, t.to, t.count});
  }
  return {merged(std::move(steps.to_relays)), merged(std::move(steps.from_relays))};
}

int most_receivers(const Transfers& transfers, int num_ranks) {
  std::vector<int> receivers(usize(num_ranks), 0);
  for (const Transfer& t : transfers) ++receivers[usize(t.from)];
  return receivers.empty() ? 0 : *std::max_element(receivers.begin(), receivers.end());
}

}
