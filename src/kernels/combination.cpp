// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/combination.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

#include "base/suggestion.hpp"
#include "nearfar/error.hpp"

namespace nearfar {
namespace {

[[nodiscard]] const char* word_for(Side side) { return side == Side::sources ? "source kind" : "field"; }

/// A sentence that goes on with a hint, if there is one.
[[nodiscard]] std::string ended(const std::string& hint) { return hint.empty() ? "." : hint; }

[[nodiscard]] bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
[[nodiscard]] bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// coefficient * name
struct NamedTerm {
  std::complex<double> coefficient;
  std::string name;
};

/// Reads sums of names such as "charge - 2.5*dipole + 1i*dipole".
class SumReader {
 public:
  SumReader(const std::string& text, Side side) : text_(text), side_(side) {}

  [[nodiscard]] std::vector<NamedTerm> read() {
    std::vector<NamedTerm> terms;
    do {
      const double sign = read_sign(terms.empty());
      const std::complex<double> coefficient = sign * read_coefficient();
      const std::string name = read_name();
      const auto known = std::find_if(terms.begin(), terms.end(), [&](const NamedTerm& t) { return t.name == name; });
      if (known == terms.end())
        terms.push_back({coefficient, name});
      else
        known->coefficient += coefficient;
    } while (next() != '\0');
    for (const NamedTerm& term : terms)
      if (!std::isfinite(term.coefficient.real()) || !std::isfinite(term.coefficient.imag()))
        refuse("has coefficients whose sum is too large");
    return terms;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw UsageError("the " + std::string(word_for(side_)) + " '" + text_ + "' " + what +
                     ": give a name, or a sum of names with coefficients, such as " +
                     (side_ == Side::sources ? "charge-2.5*dipole" : "potential-2.5*normal_derivative"));
  }

  /// The next character that is no blank; 0 at the end.
  [[nodiscard]] char next() {
    while (place_ < text_.size() && text_[place_] == ' ') ++place_;
    return place_ < text_.size() ? text_[place_] : '\0';
  }

  [[nodiscard]] double read_sign(bool is_first) {
    const char sign = next();
    if (sign == '+' || sign == '-') {
      ++place_;
      return sign == '-' ? -1.0 : 1.0;
    }
    if (!is_first) refuse("has no + or - before '" + text_.substr(place_) + "'");
    return 1.0;
  }

  /// 1 where there is none.
  [[nodiscard]] std::complex<double> read_coefficient() {
    const char first = next();
    if (!is_digit(first) && first != '.') return 1.0;
    double value = 0.0;
    const auto read = std::from_chars(text_.data() + place_, text_.data() + text_.size(), value);
    if (read.ec != std::errc{}) refuse("has a coefficient that is no finite number");
    place_ = static_cast<std::size_t>(read.ptr - text_.data());
    std::complex<double> coefficient = value;
    if (place_ < text_.size() && text_[place_] == 'i') {
      ++place_;
      coefficient = {0.0, value};
    }
    if (next() != '*') refuse("has a coefficient without * after it");
    ++place_;
    return coefficient;
  }

  [[nodiscard]] std::string read_name() {
    if (!is_letter(next())) refuse("lacks a name");
    const std::size_t begin = place_;
    while (place_ < text_.size() && (is_letter(text_[place_]) || is_digit(text_[place_]))) ++place_;
    return text_.substr(begin, place_ - begin);
  }

  const std::string& text_;
  Side side_;
  std::size_t place_ = 0;
};

/// The shortest number that reads back as this one.
[[nodiscard]] std::string text_of(double value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return {digits.data(), end};
}

/// The one way to write a sum.
[[nodiscard]] std::string text_of(const std::vector<NamedTerm>& terms) {
  std::string text;
  const auto add = [&](double coefficient, const char* unit, const std::string& name) {
    if (std::signbit(coefficient))
      text += '-';
    else if (!text.empty())
      text += '+';
    const double size = std::abs(coefficient);
    if (size != 1.0 || *unit != '\0') text += text_of(size) + unit + '*';
    text += name;
  };
  for (const auto& [coefficient, name] : terms) {
    if (coefficient.real() != 0.0 || coefficient.imag() == 0.0) add(coefficient.real(), "", name);
    if (coefficient.imag() != 0.0) add(coefficient.imag(), "i", name);
  }
  return text;
}

[[nodiscard]] const NamedQuantity& quantity_of(const Family& family, Side side, const std::string& name) {
  const auto& all = side == Side::sources ? family.source_kinds : family.fields;
  std::vector<std::string> known;
  std::string list;
  for (const NamedQuantity& quantity : all) {
    if (quantity.description.quantity.name == name) return quantity;
    known.push_back(quantity.description.quantity.name);
    list += (list.empty() ? "" : ", ") + known.back();
  }
  throw UsageError("the " + family.name + " kernel has no " + word_for(side) + " '" + name + "'" +
                   ended(did_you_mean(name, known)) + " It has: " + list);
}

/// Appends contractions times a coefficient. Complex numbers are pairs of components: i times one is (-im, re).
void append(std::vector<Contraction>& sum, const Combination::Part& part, Side side) {
  const double re = part.coefficient.real(), im = part.coefficient.imag();
  for (const Contraction& c : part.quantity->contractions) {
    sum.push_back(c);
    sum.back().coefficient *= re;
    if (im == 0.0) continue;
    Contraction turned = c;
    int& component = side == Side::sources ? turned.from : turned.to;
    const bool is_real_part = component % 2 == 0;
    component += is_real_part ? 1 : -1;
    turned.coefficient *= (side == Side::sources) == is_real_part ? -im : im;
    sum.push_back(turned);
  }
}

[[nodiscard]] Combination combination_of(const Family& family, Side side, const std::string& text) {
  Combination made;
  const bool is_name = text.find_first_of("+-*") == std::string::npos;
  const std::vector<NamedTerm> terms = is_name ? std::vector<NamedTerm>{{1.0, text}} : SumReader(text, side).read();
  for (const auto& [coefficient, name] : terms) {
    if (coefficient.imag() != 0.0 && !family.has_complex_numbers)
      throw UsageError("the " + std::string(word_for(side)) + " '" + text + "' has an imaginary coefficient, but the " +
                       family.name + " kernel takes and gives real numbers");
    made.parts.push_back({&quantity_of(family, side, name), coefficient});
  }
  const NamedQuantity& first = *made.parts.front().quantity;
  made.sum.description = first.description;
  if (is_name) {
    made.sum = first;
    return made;
  }
  Quantity& sum = made.sum.description.quantity;
  sum.name = made.sum.description.formula = text_of(terms);
  for (const Combination::Part& part : made.parts) {
    const Quantity& quantity = part.quantity->description.quantity;
    if (quantity.components != sum.components)
      throw UsageError("the " + std::string(word_for(side)) + " '" + text + "' cannot be: " + quantity.name + " has " +
                       std::to_string(quantity.components) + " components and " + first.description.quantity.name +
                       " has " + std::to_string(sum.components));
    sum.with_normals = sum.with_normals || quantity.with_normals;
    append(made.sum.contractions, part, side);
  }
  return made;
}

}

std::vector<Combination> choose(const Family& family, Side side, const std::vector<std::string>& names) {
  std::vector<Combination> chosen;
  const auto& all = side == Side::sources ? family.source_kinds : family.fields;
  if (names.empty()) chosen.push_back(combination_of(family, side, all.front().description.quantity.name));
  for (const std::string& text : names) {
    Combination one = combination_of(family, side, text);
    const std::string& name = one.sum.description.quantity.name;
    if (std::any_of(chosen.begin(), chosen.end(),
                    [&](const Combination& other) { return other.sum.description.quantity.name == name; }))
      throw UsageError("the " + std::string(word_for(side)) + " '" + name + "' is named twice: name it once");
    chosen.push_back(std::move(one));
  }
  return chosen;
}

std::vector<const NamedQuantity*> quantities_in(const std::vector<Combination>& combinations) {
  std::vector<const NamedQuantity*> all;
  for (const Combination& combination : combinations)
    for (const Combination::Part& part : combination.parts)
      if (std::find(all.begin(), all.end(), part.quantity) == all.end()) all.push_back(part.quantity);
  return all;
}

std::optional<DualCombination> dual_of(const Family& family, Side side, const Combination& combination) {
  std::vector<NamedTerm> terms;
  std::vector<double> of_components;
  for (const auto& [quantity, coefficient] : combination.parts) {
    const Quantity& own = quantity->description.quantity;
    const auto dual = std::find_if(family.duals.begin(), family.duals.end(), [&](const Dual& candidate) {
      return (side == Side::sources ? candidate.kind : candidate.field) == own.name;
    });
    if (dual == family.duals.end()) return {};
    std::vector<double> factors = dual->of_components;
    factors.resize(static_cast<std::size_t>(own.components), 1.0);
    if (!terms.empty() && factors != of_components) return {};
    of_components = std::move(factors);
    // Factors of kinds multiply the field in their place, those of fields divide the kind in theirs.
    if (side == Side::sources)
      terms.push_back({coefficient * dual->factor, dual->field});
    else
      terms.push_back({coefficient / dual->factor, dual->kind});
  }
  return DualCombination{text_of(terms), std::move(of_components)};
}

}
