// SPDX-License-Identifier: BSD-3-Clause
#include "nearfar/families.hpp"

#include <memory>

#include "capi/arguments.hpp"
#include "capi/errors.hpp"
#include "nearfar/nearfar.h"

namespace nearfar::capi {
namespace {

/// Descriptions, and views of them as C has them.
class FamilyList {
 public:
  explicit FamilyList(std::vector<FamilyDescription> families) : families_(std::move(families)) {
    parameters_.reserve(families_.size());
    quantities_.reserve(2 * families_.size());
    for (const FamilyDescription& family : families_) add(family);
  }
  [[nodiscard]] const std::vector<nearfar_family>& views() const noexcept { return views_; }

 private:
  void add(const FamilyDescription& family) {
    std::vector<nearfar_parameter>& parameters = parameters_.emplace_back();
    for (const Parameter& p : family.parameters)
      parameters.push_back({p.name.c_str(), p.meaning.c_str(), p.unit.c_str(), p.least, p.most, p.default_value});
    nearfar_family view{};
    view.name = family.name.c_str();
    view.formula = family.formula.c_str();
    view.num_parameters = static_cast<int>(parameters.size());
    view.parameters = parameters.data();
    view.num_source_kinds = static_cast<int>(family.source_kinds.size());
    view.source_kinds = views_of(family.source_kinds);
    view.num_fields = static_cast<int>(family.fields.size());
    view.fields = views_of(family.fields);
    views_.push_back(view);
  }

  const nearfar_quantity* views_of(const std::vector<QuantityDescription>& descriptions) {
    std::vector<nearfar_quantity>& quantities = quantities_.emplace_back();
    for (const QuantityDescription& one : descriptions)
      quantities.push_back({one.quantity.name.c_str(), one.formula.c_str(), one.quantity.components,
                            one.components.c_str(), one.quantity.with_normals ? 1 : 0});
    return quantities.data();
  }

  std::vector<FamilyDescription> families_;
  std::vector<std::vector<nearfar_parameter>> parameters_;
  std::vector<std::vector<nearfar_quantity>> quantities_;
  std::vector<nearfar_family> views_;
};

}
}

int nearfar_families(int* count, const nearfar_family** families) {
  return nearfar::capi::guarded([&] {
    static thread_local std::unique_ptr<const nearfar::capi::FamilyList> list;
    nearfar::capi::require_argument(count, "the place for the number of kernels");
    nearfar::capi::require_argument(families, "the place for the kernels");
    list = std::make_unique<const nearfar::capi::FamilyList>(nearfar::kernel_families());
    *count = static_cast<int>(list->views().size());
    *families = list->views().data();
  });
}

int nearfar_kernel_family(const nearfar_kernel* kernel, const nearfar_family** family) {
  return nearfar::capi::guarded([&] {
    static thread_local std::unique_ptr<const nearfar::capi::FamilyList> list;
    nearfar::capi::require_argument(family, "the place for the family");
    list = std::make_unique<const nearfar::capi::FamilyList>(
        std::vector{nearfar::family_of_choice(nearfar::capi::choice_of(kernel))});
    *family = list->views().data();
  });
}
