// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <locale>
#include <map>
#include <sstream>
#include <string_view>

#include "comm/sparse_exchange.hpp"
#include "io/readers.hpp"
#include "io/rows.hpp"

namespace nearfar {
namespace {

/// What is wrong with a line; the caller knows the file and the number of the line.
class BadLine : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The beginning of a word, fit for an error message.
[[nodiscard]] std::string quoted(std::string_view word) {
  std::string text(word.substr(0, 30));
  for (char& c : text)
    if (c < ' ' || c > '~') c = '?';
  return "'" + text + (word.size() > 30 ? "...'" : "'");
}

/// A number that from_chars finds out of range: zero, or the nearest denormal, when it is too small, which loses
/// nothing.
[[nodiscard]] double tiny_number(std::string_view word) {
  std::istringstream stream{std::string(word)};
  stream.imbue(std::locale::classic());
  double value = 0.0;
  if (!(stream >> value)) throw BadLine(quoted(word) + " is too large for a double; scale the data");
  return value;
}

[[nodiscard]] double parse_number(std::string_view word) {
  // from_chars does not depend on the locale, and does not know a leading plus.
  const bool has_plus = word.size() > 1 && word[0] == '+' && word[1] != '-';
  const char* const end = word.data() + word.size();
  double value = 0.0;
  const auto [stop, error] = std::from_chars(word.data() + (has_plus ? 1 : 0), end, value);
  if (error == std::errc::result_out_of_range && stop == end) return tiny_number(word);
  if (error != std::errc{} || stop != end)
    throw BadLine(quoted(word) + " is not a number; correct it, or begin a header or a remark with #");
  if (!std::isfinite(value)) throw BadLine(quoted(word) + " is not a finite number; correct or remove this row");
  return value;
}

/// What a row holds.
struct RowFormat {
  std::size_t num_strengths;
  bool with_normal;

  [[nodiscard]] std::size_t num_columns() const { return 3 + num_strengths + (with_normal ? 3 : 0); }
  [[nodiscard]] std::string description() const {
    return "x y z, " + (num_strengths == 1 ? "the strength" : std::to_string(num_strengths) + " strengths") +
           (with_normal ? " and the normal nx ny nz" : "") + " of the point";
  }
};

/// Appends the numbers of one line: blanks around numbers, and at most one comma between two of them.
void parse_line(std::string_view line, const RowFormat& format, std::vector<double>& rows) {
  constexpr std::string_view blanks = " \t\r\f\v";
  line = line.substr(0, line.find('#'));
  const std::size_t before = rows.size();
  bool number_must_follow = false;
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    if (line.empty()) break;
    if (line[0] == ',') {
      if (number_must_follow || rows.size() == before) throw BadLine("a number is missing before a comma; add it");
      number_must_follow = true;
      line.remove_prefix(1);
      continue;
    }
    const std::string_view word = line.substr(0, line.find_first_of(" \t\r\f\v,"));
    rows.push_back(parse_number(word));
    number_must_follow = false;
    line.remove_prefix(word.size());
  }
  if (number_must_follow) throw BadLine("a number is missing after the last comma; add it");
  const std::size_t num_numbers = rows.size() - before;
  if (num_numbers != 0 && num_numbers != format.num_columns())
    throw BadLine(std::to_string(num_numbers) + " numbers where " + std::to_string(format.num_columns()) +
                  " are needed; write " + format.description());
}

/// The rows of the lines that begin at a byte of [begin, end).
struct Piece {
  std::vector<double> rows;
  std::int64_t num_lines = 0;  ///< up to and including a bad one
  std::string complaint;       ///< about the last line read; empty if all are well
};

[[nodiscard]] Piece parse_bytes(const std::string& path, std::int64_t begin, std::int64_t end,
                                const RowFormat& format) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError("file '" + path + "' cannot be opened on every node; put it on a shared file system");
  Piece piece;
  std::string line;
  std::int64_t position = begin;
  if (begin > 0) {
    // A line that began earlier belongs to an earlier rank; one that begins at `begin` itself does not.
    file.seekg(begin - 1);
    std::getline(file, line);
    position = begin + static_cast<std::int64_t>(line.size());
  }
  while (position < end && std::getline(file, line)) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    ++piece.num_lines;
    std::string_view text = line;
    if (position == 0 && text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    position += static_cast<std::int64_t>(line.size()) + 1;
    try {
      parse_line(text, format, piece.rows);
    } catch (const BadLine& error) {
      piece.complaint = error.what();
      return piece;
    }
  }
  if (file.bad()) throw InputError("file '" + path + "' cannot be read to its end; check the disk");
  return piece;
}

/// Moves rows, held in the order of the ranks, to the ranks they belong to.
[[nodiscard]] UnwrittenVector<double> to_owners(const Communicator& communicator, const std::vector<double>& rows,
                                                RowRange held, std::int64_t num_rows, std::int64_t num_columns) {
  std::map<int, std::vector<double>> outgoing;
  for (int rank = 0; rank < communicator.size(); ++rank) {
    const RowRange wanted = rows_of_rank(num_rows, rank, communicator.size());
    const std::int64_t begin = std::max(held.begin, wanted.begin);
    const std::int64_t end = std::min(held.end, wanted.end);
    if (begin >= end) continue;
    const auto first = rows.begin() + (begin - held.begin) * num_columns;
    outgoing[rank].assign(first, first + (end - begin) * num_columns);
  }
  return sparse_exchange(communicator.get(), outgoing);
}

}

Particles read_text(MPI_Comm caller, const std::string& path, const ParticleNeeds& needs) {
  const Communicator communicator(caller);
  const RowFormat format{usize(needs.num_strengths), needs.source_normals || needs.target_normals};
  const auto num_columns = static_cast<std::int64_t>(format.num_columns());
  Piece piece;
  agree(communicator.get(), [&] {
    const auto size = static_cast<std::int64_t>(std::filesystem::file_size(path));
    const RowRange bytes = rows_of_rank(size, communicator.rank(), communicator.size());
    piece = parse_bytes(path, bytes.begin, bytes.end, format);
  });
  // The lowest rank that complains has only whole pieces before it, so its line number is right.
  const std::int64_t line = sum_below(communicator.get(), piece.num_lines) + piece.num_lines;
  agree(communicator.get(), [&] {
    if (!piece.complaint.empty())
      throw InputError("file '" + path + "', line " + std::to_string(line) + ": " + piece.complaint);
  });
  const std::int64_t num_held = size_of(piece.rows) / num_columns;
  const std::int64_t held_begin = sum_below(communicator.get(), num_held);
  Particles particles;
  particles.num_sources = all_sum(communicator.get(), num_held);
  if (particles.num_sources == 0)
    throw InputError("file '" + path + "' holds no points; write one line per point: " + format.description());
  particles.num_targets = particles.num_sources;
  const RowRange held{held_begin, held_begin + num_held};
  const auto rows = to_owners(communicator, piece.rows, held, particles.num_sources, num_columns);
  for (auto row = rows.begin(); row != rows.end(); row += num_columns) {
    particles.sources.insert(particles.sources.end(), row, row + 3);
    const auto normal = row + 3 + needs.num_strengths, end = row + num_columns;
    particles.charges.insert(particles.charges.end(), row + 3, normal);
    if (needs.source_normals) particles.source_normals.insert(particles.source_normals.end(), normal, end);
    if (needs.target_normals) particles.target_normals.insert(particles.target_normals.end(), normal, end);
  }
  return particles;
}

}
