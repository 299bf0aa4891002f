// SPDX-License-Identifier: BSD-3-Clause
#include "nearfar/user_kernels.hpp"

#include <dlfcn.h>

#include <cctype>
#include <memory>

#include "base/types.hpp"
#include "kernels/catalog.hpp"
#include "kernels/promises.hpp"
#include "nearfar/error.hpp"

namespace nearfar {
namespace {

/// The kernel as plans need it: known by its values, its errors unknown, in other units too.
[[nodiscard]] Kernel adopted(Kernel kernel, const std::string& name) {
  kernel.name = name;
  kernel.identity = name + ":" + signature_of(kernel);
  kernel.errors = unknown_errors;
  kernel.source_kinds.clear();
  kernel.fields.clear();
  kernel.in_units_of = [in_units_of = kernel.in_units_of, name](double length) {
    return adopted(in_units_of(length), name);
  };
  return kernel;
}

[[nodiscard]] Kernel made(const UserKernel& user, const ParameterValues& values) {
  if (!user.make) throw UsageError("the kernel " + user.name + " has no function that makes it");
  Kernel kernel = user.make(values);
  kernel.name = user.name;
  require_promises(kernel);
  return adopted(std::move(kernel), user.name);
}

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
  const Kernel kernel = made(user, values);
  Family family;
  family.name = user.name;
  family.formula = user.formula;
  family.parameters = user.parameters;
  family.sources = numbers_of(kernel.source_components, kernel.source_dim);
  family.targets = numbers_of(kernel.target_components, kernel.target_dim);
  family.densities = numbers_from(0, kernel.source_dim);
  family.checks = numbers_from(0, kernel.target_dim);
  family.variants = {{family.densities, family.checks,
                      [user, sources = kernel.source_dim, targets = kernel.target_dim](const ParameterValues& other) {
                        Kernel made_now = made(user, other);
                        if (made_now.source_dim != sources || made_now.target_dim != targets)
                          throw UsageError("the kernel " + user.name +
                                           " has other components with these parameters than with its defaults");
                        return made_now;
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

struct Closer {
  void operator()(void* library) const { dlclose(library); }
};

template <class Function>
[[nodiscard]] Function* find_function(void* library, const char* name) {
  return reinterpret_cast<Function*>(dlsym(library, name));
}

}

void register_kernel(const UserKernel& kernel) {
  require_name(kernel.name);
  add_family(family_of(kernel));
}

std::vector<std::string> load_kernels(const std::string& path) {
  static std::map<std::string, std::vector<std::string>> loaded;
  // A name without a slash would be looked for among the system's libraries.
  const std::string place = path.find('/') == std::string::npos ? "./" + path : path;
  if (const auto known = loaded.find(place); known != loaded.end()) return known->second;
  std::unique_ptr<void, Closer> library(dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL));
  if (!library) throw UsageError("cannot load kernels from " + path + ": " + dlerror());
  auto* version_of = find_function<int()>(library.get(), "nearfar_kernels_version");
  auto* fill = find_function<void(KernelLibrary&)>(library.get(), "nearfar_kernels");
  if (version_of == nullptr || fill == nullptr)
    throw UsageError(path + " is not a library of kernels: it lacks NEARFAR_KERNELS of nearfar/user_kernels.hpp");
  if (version_of() != NEARFAR_KERNELS_VERSION)
    throw UsageError(path + " was made for another version of nearfar: compile it again with this one's headers");
  KernelLibrary kernels;
  fill(kernels);
  std::vector<std::string> names;
  for (const UserKernel& kernel : kernels.kernels) {
    register_kernel(kernel);
    names.push_back(kernel.name);
  }
  static_cast<void>(library.release());  // its code is in use until the process ends
  return loaded[place] = names;
}

}
