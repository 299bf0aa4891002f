// SPDX-License-Identifier: BSD-3-Clause
// Kernels of the user's own: what is taken, what is refused and why.
#include "nearfar/user_kernels.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "kernels/callback.hpp"
#include "kernels/promises.hpp"
#include "nearfar/error.hpp"
#include "nearfar/formula/wrap.hpp"
#include "support/test_kernels.hpp"
#include "support/user_functions.hpp"

namespace nearfar {
namespace {

using testing::HasSubstr;

/// What `action` is refused with.
template <class Action>
[[nodiscard]] std::string refusal(const Action& action) {
  try {
    action();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

[[nodiscard]] std::string refusal_of(const Kernel& kernel) {
  return refusal([&] { require_promises(kernel); });
}

/// 1/r and, by factors that are mostly 0, what breaks a promise.
struct Formula {
  static constexpr const char* name = "inverse";
  static constexpr int source_dim = 1, target_dim = 1, degree = -1;
  static constexpr bool homogeneous = true, symmetric = true, is_lean = true;
  static constexpr int potential_flops = 12, gradient_flops = 20;
  double odd = 0.0, at_zero = 0.0, infinite = 0.0, of_gradient = 0.0;
  double scale() const noexcept { return 1.0; }
  Formula in_units_of(double) const noexcept { return *this; }
  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const V r2 = dx * dx + dy * dy + dz * dz;
    const V inverse = simd::rsqrt(r2);
    u[0] += q[0] * inverse * (1.0 + odd * (dx * inverse)) + q[0] * at_zero * (1.0 - r2 * inverse * inverse);
    u[0] += simd::unless_zero(r2, q[0] * (infinite * 1e300) * (r2 * inverse * inverse));
  }
  template <class V, class Q>
  void gradient(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const V inverse = simd::rsqrt(dx * dx + dy * dy + dz * dz);
    const V slope = q[0] * inverse * inverse * inverse * (1.0 + of_gradient);
    u[0] += q[0] * inverse;
    u[1] -= slope * dx;
    u[2] -= slope * dy;
    u[3] -= slope * dz;
  }
};

TEST(Promises, OfKernelsThatKeepThemAreTaken) {
  EXPECT_EQ(refusal_of(wrap(Formula{})), "");
  EXPECT_EQ(refusal_of(dipole_kernel()), "");
  for (const char* name :
       {"laplace", "yukawa", "stokeslet", "elasticity", "plummer", "gaussian", "regularized_stokeslet", "rpy"})
    EXPECT_EQ(refusal_of(make_kernel(name)), "") << name;
  for (const char* name : {"gaussian", "rpy"})  // with their lengths among those that are tried
    EXPECT_EQ(refusal_of(make_kernel({name, {}, {}, {{std::string(name) == "rpy" ? "a" : "s", 0.5}}})), "") << name;
  EXPECT_EQ(refusal_of(stokes_kernel()), "");
  for (const double lambda : {10.0, 30.0})
    EXPECT_EQ(refusal_of(make_kernel("yukawa", {.lambda = lambda})), "") << lambda;
}

TEST(Promises, ThatAreBrokenAreNamed) {
  EXPECT_THAT(refusal_of(wrap(Formula{.odd = 0.01})), HasSubstr("says that it is symmetric"));
  EXPECT_THAT(refusal_of(wrap(Formula{.at_zero = 1.0})), HasSubstr("acts at r = 0"));
  EXPECT_THAT(refusal_of(wrap(Formula{.infinite = 1e300})), HasSubstr("is not finite"));
  EXPECT_THAT(refusal_of(wrap(Formula{.of_gradient = 1e-3})), HasSubstr("not the slope of its potential"));
  Kernel kernel = wrap(Formula{});
  kernel.add_sums = [add = kernel.add_sums](const PairSum& sum) {
    add(sum);
    if (sum.targets.x[0] == 0.0) sum.potentials[0] = std::nan("");
  };
  EXPECT_THAT(refusal_of(kernel), HasSubstr("acts at r = 0"));
  kernel = wrap(Formula{});
  kernel.degree = -2;
  EXPECT_THAT(refusal_of(kernel), HasSubstr("homogeneous of degree -2"));
  kernel = make_kernel("yukawa");
  kernel.in_units_of = [kernel](double) { return kernel; };
  EXPECT_THAT(refusal_of(kernel), HasSubstr("see in_units_of"));
}

TEST(Promises, OfComponentsAreChecked) {
  Kernel kernel = stokes_kernel();
  kernel.source_components[3].odd_axes = 1;
  EXPECT_THAT(refusal_of(kernel), HasSubstr("when x is reversed"));
  kernel = stokes_kernel();
  kernel.target_components[3].degree = 0;
  EXPECT_THAT(refusal_of(kernel), HasSubstr("homogeneous of degree -1"));
  kernel = stokes_kernel();
  kernel.source_components.pop_back();
  EXPECT_THAT(refusal_of(kernel), HasSubstr("all of its components or none"));
}

TEST(Promises, OfSumsOfAllKindsAreChecked) {
  Kernel kernel = wrap(Formula{});
  const auto add = kernel.add_sums;
  kernel.add_sums = [add](const PairSum& sum) {
    PairSum larger = sum;
    larger.factor *= sum.digits == Digits::seven ? 1.0 + 1e-4 : 1.0;
    add(larger);
  };
  EXPECT_THAT(refusal_of(kernel), HasSubstr("single precision"));
  kernel.add_sums = [add](const PairSum& sum) {
    PairSum larger = sum;
    larger.factor *= 1.0 + 1e-8;
    add(larger);
  };
  EXPECT_THAT(refusal_of(kernel), HasSubstr("several targets at once"));
  int calls = 0;
  kernel.add_reference_sums = [add, &calls](const PairSum& sum) {
    PairSum other = sum;
    other.factor *= 1.0 + 1e-15 * ++calls;
    add(other);
  };
  EXPECT_THAT(refusal_of(kernel), HasSubstr("when it is called again"));
}

TEST(Promises, OfSeveralVectorsAreChecked) {
  Kernel kernel = make_kernel("laplace");
  kernel.several = [several = kernel.several](int num_vectors, bool with_gradients) {
    Kernel side_by_side = several(num_vectors, with_gradients);
    side_by_side.add_sums = [add = side_by_side.add_sums](const PairSum& sum) {
      PairSum larger = sum;
      larger.factor *= 1.0 + 1e-8;
      add(larger);
    };
    return side_by_side;
  };
  EXPECT_THAT(refusal_of(kernel), HasSubstr("for several vectors"));
}

TEST(UserKernels, HaveNamesAndParametersLikeOthers) {
  register_kernel({"user_inverse", "u = a q / r", {{"a", "factor", "1", 0.5, 10.0, 2.0}}, [](const auto& values) {
                     Kernel kernel = wrap(Formula{});
                     kernel.scale = values.at("a");
                     for (auto* add : {&kernel.add_sums, &kernel.add_reference_sums})
                       *add = [one = *add, a = values.at("a")](const PairSum& sum) {
                         PairSum all = sum;
                         all.factor *= a;
                         one(all);
                       };
                     kernel.several = {};  // without the factor
                     kernel.in_units_of = [kernel](double) { return kernel; };
                     return kernel;
                   }});
  const Kernel kernel = make_kernel({"user_inverse", {}, {}, {{"a", 3.0}}});
  EXPECT_EQ(kernel.errors, unknown_errors);
  EXPECT_EQ(kernel.name, "user_inverse");
  EXPECT_EQ(kernel.source_kinds.front().name, "charge");
  EXPECT_EQ(kernel.fields.front().name, "potential");
  EXPECT_EQ(kernel.identity, make_kernel({"user_inverse", {}, {}, {{"a", 3.0}}}).identity);
  EXPECT_NE(kernel.identity, make_kernel("user_inverse").identity) << "other parameters";
  EXPECT_THAT(refusal([] { (void)make_kernel({"user_inverse", {}, {}, {{"a", 20.0}}}); }), HasSubstr("0.5 to 10"));
  EXPECT_THAT(refusal([] { (void)make_kernel("user_invers"); }), HasSubstr("did you mean user_inverse"));
  const auto again = [] { register_kernel({"user_inverse", "", {}, [](const auto&) { return one_kernel(); }}); };
  EXPECT_NE(refusal(again), "");
}

TEST(UserKernels, NeedNamesOfTheirOwn) {
  const auto named = [](const char* name) {
    return refusal([&] { register_kernel({name, "", {}, [](const auto&) { return wrap(Formula{}); }}); });
  };
  EXPECT_THAT(named("laplace"), HasSubstr("already"));
  EXPECT_THAT(named(""), HasSubstr("cannot be the name"));
  EXPECT_THAT(named("1r"), HasSubstr("cannot be the name"));
  EXPECT_THAT(named("a kernel"), HasSubstr("cannot be the name"));
  EXPECT_THAT(refusal([] { register_kernel({"nothing", "", {}, {}}); }), HasSubstr("no function that makes it"));
}

TEST(UserKernels, ComeFromLibrariesOfKernelsOnly) {
  EXPECT_THAT(refusal([] { load_kernels("/no/such/library.so"); }), HasSubstr("/no/such/library.so"));
  Dl_info other{};
  ASSERT_NE(dladdr(dlsym(RTLD_DEFAULT, "cos"), &other), 0);
  EXPECT_THAT(refusal([&] { load_kernels(std::filesystem::absolute(other.dli_fname)); }),
              HasSubstr("lacks NEARFAR_KERNELS"));
  EXPECT_THAT(refusal([] { load_kernels("libm.so.6"); }), HasSubstr("libm.so.6")) << "not one of the system's";
}

TEST(Functions, AreFoundToBeWhatTheyAre) {
  const FoundProperties inverse = find_properties(function_of("inverse", 1, 1, inverse_function));
  EXPECT_TRUE(inverse.homogeneous && inverse.symmetric);
  EXPECT_EQ(inverse.degree, -1);
  const FoundProperties stokes = find_properties(function_of("flow", 4, 4, flow_function));
  EXPECT_TRUE(stokes.homogeneous && stokes.symmetric);
  EXPECT_EQ(stokes.degree, -1);
  const std::vector<Component> components{{0, 1}, {0, 2}, {0, 4}, {-1, 0}};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(stokes.sources[i].degree, components[i].degree) << i;
    EXPECT_EQ(stokes.targets[i].degree, components[i].degree) << i;
    EXPECT_EQ(stokes.sources[i].odd_axes ^ stokes.sources[0].odd_axes, components[i].odd_axes ^ components[0].odd_axes);
  }
  const FoundProperties screened = find_properties(function_of("screened", 1, 1, screened_function));
  EXPECT_FALSE(screened.homogeneous);
  EXPECT_TRUE(screened.symmetric);
  const FoundProperties dipole = find_properties(function_of("dipole", 3, 1, dipole_function));
  EXPECT_TRUE(dipole.homogeneous);
  EXPECT_EQ(dipole.degree, -2);
  EXPECT_FALSE(dipole.symmetric);
  EXPECT_TRUE(find_properties(function_of("oblique", 1, 1, oblique_function)).sources.empty()) << "no mirrors";
}

TEST(Functions, GiveTheSumsOfTheKernel) {
  const NearfarUserKernel function = function_of("flow", 4, 4, flow_function);
  const Kernel kernel = callback_kernel(function, find_properties(function));
  const Kernel same = stokes_kernel();
  EXPECT_EQ(refusal_of(kernel), "");
  std::vector<double> x, y, z, charges;
  for (int i = 0; i < 700; ++i) {
    x.push_back(std::sin(3.0 * i));
    y.push_back(std::cos(7.0 * i));
    z.push_back(std::sin(11.0 * i + 1.0));
    for (int j = 0; j < 4; ++j) charges.push_back(std::cos(5.0 * i + j));
  }
  const IndexRange ranges[]{{0, 3}, {30, 650}}, mutual{650, 700};
  std::array<std::vector<double>, 2> results;
  for (std::size_t k = 0; k < 2; ++k) {
    results[k].assign(4 * 700, 0.0);
    (k == 0 ? kernel : same)
        .add_sums({.targets = {x.data() + 600, y.data() + 600, z.data() + 600},
                   .num_targets = 50,
                   .sources = {x.data(), y.data(), z.data()},
                   .charges = charges.data(),
                   .source_ranges = ranges,
                   .first_own = 600,
                   .mutual_ranges = {&mutual, 1},
                   .factor = 8.0 * M_PI / (k == 0 ? 8.0 * M_PI : 1.0),
                   .potentials = results[k].data()});
  }
  for (std::size_t i = 0; i < results[0].size(); ++i) EXPECT_NEAR(results[0][i], results[1][i], 1e-10) << i;
}

/// Only all three differences make a pair one point.
TEST(Functions, ActAlongEveryAxis) {
  const NearfarUserKernel function = function_of("inverse", 1, 1, inverse_function);
  const Kernel kernel = callback_kernel(function, find_properties(function));
  const double origin = 0.0, two = 2.0, charge = 1.0;
  const IndexRange one{0, 1};
  for (int axis = -1; axis < 3; ++axis) {
    const auto coordinate = [&](int of) { return of == axis ? &two : &origin; };
    double potential = 0.0;
    kernel.add_sums({.targets = {coordinate(0), coordinate(1), coordinate(2)},
                     .num_targets = 1,
                     .sources = {&origin, &origin, &origin},
                     .charges = &charge,
                     .source_ranges = {&one, 1},
                     .potentials = &potential});
    EXPECT_DOUBLE_EQ(potential, axis < 0 ? 0.0 : 0.5) << axis;
  }
}

/// 1/r until far below the lengths that are tried at first.
void barely_softened(void*, int n, const double* dx, const double* dy, const double* dz, double* values) {
  for (int k = 0; k < n; ++k) values[k] = 1.0 / std::sqrt(dx[k] * dx[k] + dy[k] * dy[k] + dz[k] * dz[k] + 1e-22);
}

TEST(Functions, AreTriedAtTheLengthsThatTheyAreFor) {
  NearfarUserKernel function = function_of("barely", 1, 1, barely_softened);
  const Kernel found = callback_kernel(function, find_properties(function));
  EXPECT_TRUE(found.homogeneous);
  EXPECT_EQ(refusal([&] { require_homogeneous(found, {1.0, 0.1}); }), "");
  EXPECT_THAT(refusal([&] { require_homogeneous(found, {1.0, 1e-9}); }), HasSubstr("was found homogeneous"));
  function.length = 1e-9;
  EXPECT_FALSE(find_properties(function).homogeneous);
}

void count_function(void* context, int n, const double*, const double*, const double*, double* values) {
  for (int k = 0; k < n; ++k) values[k] = ++*static_cast<int*>(context);
}

TEST(Functions, AreRefusedWithASentence) {
  int count = 0;
  NearfarUserKernel kernel = function_of("counter", 1, 1, count_function);
  kernel.context = &count;
  EXPECT_THAT(nearfar_register_kernel(&kernel), HasSubstr("several displacements"));
  EXPECT_THAT(nearfar_register_kernel(nullptr), HasSubstr("NULL"));
  kernel.source_dim = 0;
  EXPECT_THAT(nearfar_register_kernel(&kernel), HasSubstr("1 to 16"));
  kernel = function_of("wrong_gradient", 1, 1, inverse_function);
  kernel.gradient = [](void* context, int n, const double* dx, const double* dy, const double* dz, double* values) {
    for (int axis = 0; axis < 3; ++axis) inverse_function(context, n, dx, dy, dz, values + axis * n);
  };
  EXPECT_THAT(nearfar_register_kernel(&kernel), HasSubstr("not the slope"));
  EXPECT_THAT(nearfar_load_kernels(nullptr), HasSubstr("NULL"));
  kernel = function_of("negative", 1, 1, inverse_function);
  kernel.length = -1.0;
  EXPECT_THAT(nearfar_register_kernel(&kernel), HasSubstr("must be positive"));
  kernel = function_of("screened_function", 1, 1, screened_function);
  kernel.gradient = screened_gradient;
  EXPECT_EQ(nearfar_register_kernel(&kernel), nullptr);
  EXPECT_TRUE(make_kernel("screened_function").has_gradients);
  kernel = function_of("inverse_function", 1, 1, inverse_function);
  EXPECT_EQ(nearfar_register_kernel(&kernel), nullptr);
  EXPECT_EQ(make_kernel("inverse_function").degree, -1);
}

}
}
