// SPDX-License-Identifier: BSD-3-Clause
#include "nearfar/user_kernels.hpp"

#include <dlfcn.h>

#include <cctype>
#include <memory>
#include <mutex>

#include "base/types.hpp"
#include "kernels/catalog.hpp"
#include "kernels/promises.hpp"
#include "nearfar/error.hpp"

namespace nearfar {
namespace {

/// The kernel as plans need it: known by its name, its parameters and its values; what decides about expansions, its
/// errors and what it says of screening and waves, is found by measuring. In other units too.
[[nodiscard]] Kernel adopted(Kernel kernel, const std::string& name, const std::string& label) {
  kernel.name = name;
  kernel.identity = label + ":" + signature_of(kernel);
  kernel.errors = unknown_errors;
  kernel.screening = kernel.wavenumber = 0.0;
  kernel.source_kinds.clear();
  kernel.fields.clear();
  kernel.in_units_of = [in_units_of = kernel.in_units_of, name, label](double length) {
    return adopted(in_units_of(length), name, label);
  };
  return kernel;
}

/// Kernels by their parameters, so that each is checked once.
class Made {
 public:
  explicit Made(UserKernel user) : user_(std::move(user)) {}

  [[nodiscard]] Kernel with(const ParameterValues& values) {
    const std::lock_guard lock(mutex_);
    const auto found = kernels_.find(values);
    return found != kernels_.end() ? found->second : kernels_.emplace(values, make(values)).first->second;
  }

 private:
  [[nodiscard]] Kernel make(const ParameterValues& values) const {
    if (!user_.make) throw UsageError("the kernel " + user_.name + " has no function that makes it");
    Kernel kernel = user_.make(values);
    kernel.name = user_.name;
    require_promises(kernel, user_.length);
    std::string label = user_.name;
    for (const auto& [name, value] : values)
      label.append(1, ',').append(reinterpret_cast<const char*>(&value), sizeof value);
    return adopted(std::move(kernel), user_.name, label);
  }

  UserKernel user_;
  std::mutex mutex_;
  std::map<ParameterValues, Kernel> kernels_;
};

/// As many numbers as the kernel has components, each of them a component of its expansions.
[[nodiscard]] std::vector<Number> numbers_of(const std::vector<Component>& components, int dim) {
  std::vector<Number> numbers;
  for (int i = 0; i < dim; ++i) {
    const Component vector_or_scalar{0, static_cast<std::uint8_t>(dim == 3 ? 1 << i : 0)};
    numbers.push_back({components.empty() ? vector_or_scalar : components[usize(i)], {{.component = i}}});
  }
  return numbers;
}

[[nodiscard]] NamedQuantity plain(const char* name, int components, const char* formula) {
  std::vector<Contraction> as_they_are;
  for (int i = 0; i < components; ++i) as_they_are.push_back({i, i});
  return named(name, components, formula, components == 1 ? name : "as the kernel has them", std::move(as_they_are));
}

[[nodiscard]] Family family_of(const UserKernel& user) {
  ParameterValues values;
  for (const Parameter& parameter : user.parameters) values[parameter.name] = parameter.default_value;
  const auto made = std::make_shared<Made>(user);
  const Kernel kernel = made->with(values);
  Family family;
  family.name = user.name;
  family.formula = user.formula;
  family.parameters = user.parameters;
  family.sources = numbers_of(kernel.source_components, kernel.source_dim);
  family.targets = numbers_of(kernel.target_components, kernel.target_dim);
  family.densities = numbers_from(0, kernel.source_dim);
  family.checks = numbers_from(0, kernel.target_dim);
  family.variants = {{family.densities, family.checks,
                      [made, name = user.name, sources = kernel.source_dim,
                       targets = kernel.target_dim](const ParameterValues& other) {
                        Kernel now = made->with(other);
                        if (now.source_dim != sources || now.target_dim != targets)
                          throw UsageError("the kernel " + name +
                                           " has other components with these parameters than with its defaults");
                        return now;
                      }}};
  family.source_kinds.push_back(plain("charge", kernel.source_dim, "q in the formula above"));
  family.fields.push_back(plain("potential", kernel.target_dim, "u"));
  family.has_measured_errors = false;
  return family;
}

void require_name(const std::string& name) {
  const auto fits = [](char letter) { return std::isalnum(static_cast<unsigned char>(letter)) || letter == '_'; };
  bool good = !name.empty() && std::isalpha(static_cast<unsigned char>(name.front()));
  for (const char letter : name) good = good && fits(letter);
  if (!good)
    throw UsageError("'" + name +
                     "' cannot be the name of a kernel: use letters, digits and underscores, a letter first");
}

/// All of them or none.
void register_all(const std::vector<UserKernel>& kernels) {
  std::vector<Family> families;
  for (const UserKernel& kernel : kernels) {
    require_name(kernel.name);
    families.push_back(family_of(kernel));
  }
  add_families(std::move(families));
}

template <class Function>
[[nodiscard]] Function* find_function(void* library, const char* name) {
  return reinterpret_cast<Function*>(dlsym(library, name));
}

}

void register_kernel(const UserKernel& kernel) { register_all({kernel}); }

std::vector<std::string> load_kernels(const std::string& path) {
  static std::map<void*, std::vector<std::string>> loaded;
  // A name without a slash would be looked for among the system's libraries.
  const std::string place = path.find('/') == std::string::npos ? "./" + path : path;
  // Never unloaded: kernels, and errors on their way, are its code.
  void* library = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) throw UsageError("cannot load kernels from " + path + ": " + dlerror());
  if (const auto known = loaded.find(library); known != loaded.end()) return known->second;
  auto* version_of = find_function<int()>(library, "nearfar_kernels_version");
  auto* fill = find_function<void(KernelLibrary&)>(library, "nearfar_kernels");
  if (version_of == nullptr || fill == nullptr)
    throw UsageError(path + " is not a library of kernels: it lacks NEARFAR_KERNELS of nearfar/user_kernels.hpp");
  if (version_of() != NEARFAR_KERNELS_VERSION)
    throw UsageError(path + " was made for another version of nearfar: compile it again with this one's headers");
  KernelLibrary kernels;
  fill(kernels);
  register_all(kernels.kernels);
  std::vector<std::string> names;
  for (const UserKernel& kernel : kernels.kernels) names.push_back(kernel.name);
  return loaded[library] = names;
}

}
