// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <locale>
#include <map>
#include <sstream>
#include <string_view>

#include "base/printable.hpp"
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

/// A number that from_chars finds out of range: zero, or the nearest denormal, when it is too small, which loses
/// nothing.
[[nodiscard]] double tiny_number(std::string_view word) {
  std::istringstream stream{std::string(word)};
  stream.imbue(std::locale::classic());
  double value = 0.0;
  if (!(stream >> value)) throw BadLine(in_quotes(word) + " is too large for a double; scale the data");
  return value;
}

/// What to do about a word that is no number.
[[nodiscard]] std::string advice_about(std::string_view word, bool has_header) {
  if (word.find(';') != std::string_view::npos) return "columns are separated by commas or blanks, not ';'";
  if (has_header) return "correct it, or begin a remark with #";
  const bool is_name = std::isalpha(static_cast<unsigned char>(word[0])) != 0 || word[0] == '"';
  return is_name ? "correct it, begin a header or a remark with #, or name the columns: --sources x,y,z --charges mass"
                 : "correct it, or begin a header or a remark with #";
}

[[nodiscard]] double parse_number(std::string_view word, bool has_header) {
  // from_chars does not depend on the locale, and does not know a leading plus.
  const bool has_plus = word.size() > 1 && word[0] == '+' && word[1] != '-';
  const char* const end = word.data() + word.size();
  double value = 0.0;
  const auto [stop, error] = std::from_chars(word.data() + (has_plus ? 1 : 0), end, value);
  if (error == std::errc::result_out_of_range && stop == end) return tiny_number(word);
  if (error != std::errc{} || stop != end)
    throw BadLine(in_quotes(word) + " is not a number; " + advice_about(word, has_header));
  if (!std::isfinite(value)) throw BadLine(in_quotes(word) + " is not a finite number; correct or remove this row");
  return value;
}

/// What a line holds: the numbers of a row, or cells that the first line of the file names.
struct LineFormat {
  ParticleNeeds needs;
  std::vector<std::string> cells{};      ///< empty without a header
  std::vector<std::size_t> positions{};  ///< of the numbers of a row among the cells
  bool by_comma = false;                 ///< cells are what is between commas, and may be empty

  [[nodiscard]] bool has_header() const noexcept { return !cells.empty(); }
};

constexpr std::string_view blanks = " \t\r\f\v";
constexpr std::size_t most_quoted = 200;  // of a line that names columns

[[nodiscard]] std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

/// A cell without quotation marks around it.
[[nodiscard]] std::string_view unquoted(std::string_view cell) {
  const bool is_quoted = cell.size() >= 2 && cell.front() == '"' && cell.back() == '"';
  return is_quoted ? cell.substr(1, cell.size() - 2) : cell;
}

/// Appends the numbers of one line: blanks around numbers, and at most one comma between two of them.
void parse_numbers(std::string_view line, const LineFormat& format, std::vector<double>& rows) {
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
    rows.push_back(parse_number(word, false));
    number_must_follow = false;
    line.remove_prefix(word.size());
  }
  if (number_must_follow) throw BadLine("a number is missing after the last comma; add it");
  const std::size_t num_numbers = rows.size() - before, length = usize(row_length(format.needs));
  if (num_numbers != 0 && num_numbers != length)
    throw BadLine(std::to_string(num_numbers) + " numbers where " + std::to_string(length) + " are needed; write " +
                  row_description(format.needs));
}

[[nodiscard]] std::vector<std::string_view> split_cells(std::string_view line, bool by_comma) {
  std::vector<std::string_view> cells;
  line = trimmed(line);
  while (!line.empty()) {
    const std::size_t end = by_comma ? line.find(',') : line.find_first_of(blanks);
    cells.push_back(trimmed(line.substr(0, end)));
    if (end == std::string_view::npos) break;
    line = by_comma ? line.substr(end + 1) : trimmed(line.substr(end));
    if (by_comma && line.empty()) cells.emplace_back();
  }
  return cells;
}

/// Appends a row of the cells that were asked for.
void parse_cells(std::string_view line, const LineFormat& format, std::vector<double>& rows) {
  const std::vector<std::string_view> cells = split_cells(line.substr(0, line.find('#')), format.by_comma);
  if (cells.empty()) return;
  if (cells.size() != format.cells.size())
    throw BadLine(std::to_string(cells.size()) + " columns where the first line names " +
                  std::to_string(format.cells.size()) + "; write as many");
  for (const std::size_t position : format.positions) {
    if (cells[position].empty()) throw BadLine("the column '" + format.cells[position] + "' is empty; add a number");
    rows.push_back(parse_number(cells[position], true));
  }
  if (const auto& charge = format.needs.names.charge) {
    const auto after = static_cast<std::ptrdiff_t>(format.positions.size() - 3);
    rows.insert(rows.end() - after, *charge);
  }
}

void parse_line(std::string_view line, const LineFormat& format, std::vector<double>& rows) {
  return format.has_header() ? parse_cells(line, format, rows) : parse_numbers(line, format, rows);
}

[[nodiscard]] std::string_view without_mark(std::string_view line) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  return line.substr(line.starts_with(byte_order_mark) ? byte_order_mark.size() : 0);
}

/// The columns of a row, in its order; `header` is the first line of the file.
[[nodiscard]] std::vector<std::string> names_of_columns(const ParticleNeeds& needs, std::string_view header) {
  const InputNames& names = needs.names;
  std::vector<std::string> all;
  const auto add = [&](const std::vector<std::string>& some, int count, const std::string& what) {
    if (some.empty() && count > 0)
      throw UsageError("columns are named, but none for the " + what + ": add --" + what + " COLUMN" +
                       (count > 1 ? ",..." : "") + (what == "charges" && count == 1 ? ", or --charges 1" : "") +
                       "; the columns are " + in_quotes(header, most_quoted));
    if (size_of(some) != count)
      throw UsageError("a text file needs the names of " + std::to_string(count) + " columns for the " + what +
                       ", not " + std::to_string(some.size()));
    all.insert(all.end(), some.begin(), some.end());
  };
  if (!names.targets.empty()) throw UsageError("a text file has no targets of its own; its sources are the targets");
  add(names.sources, 3, "sources");
  if (!names.charge) add(names.charges, needs.num_strengths, "charges");
  if (needs.source_normals || needs.target_normals) {
    if (!names.source_normals.empty() && !names.target_normals.empty() && names.source_normals != names.target_normals)
      throw UsageError("a row of text has one normal, since its point is source and target: name the columns of one");
    add(names.source_normals.empty() ? names.target_normals : names.source_normals, 3, "source-normals");
  }
  return all;
}

[[nodiscard]] LineFormat read_header(std::ifstream& file, const std::string& path, const ParticleNeeds& needs) {
  LineFormat format{.needs = needs};
  if (!needs.names.any()) return format;
  std::string first;
  std::getline(file, first);
  std::string_view line = trimmed(without_mark(first));
  if (line.starts_with('#')) line.remove_prefix(1);
  line = line.substr(0, line.find('#'));
  if (trimmed(line).empty())
    throw InputError("file '" + path + "', line 1: no names of columns; write them there, or leave out --sources");
  const std::vector<std::string> wanted = names_of_columns(needs, trimmed(line));
  format.by_comma = line.find(',') != std::string_view::npos;
  for (const std::string_view cell : split_cells(line, format.by_comma)) format.cells.emplace_back(unquoted(cell));
  for (const std::string& name : wanted) {
    const auto found = std::find(format.cells.begin(), format.cells.end(), name);
    if (found == format.cells.end())
      throw InputError(
          "file '" + path + "', line 1: no column is called '" + name + "'; the columns are " +
          in_quotes(trimmed(line), most_quoted) +
          (line.find(';') == std::string_view::npos ? "" : "; separate them by commas or blanks, not ';'"));
    if (std::find(found + 1, format.cells.end(), name) != format.cells.end())
      throw InputError("file '" + path + "', line 1: several columns are called '" + name + "'; rename them");
    format.positions.push_back(usize(found - format.cells.begin()));
  }
  return format;
}

/// The rows of the lines that begin at a byte of [begin, end).
struct Piece {
  std::vector<double> rows;
  std::int64_t num_lines = 0;  ///< up to and including a bad one
  std::string complaint;       ///< about the last line read; empty if all are well
};

[[nodiscard]] Piece parse_bytes(std::ifstream& file, const std::string& path, RowRange bytes,
                                const LineFormat& format) {
  const auto [begin, end] = bytes;
  Piece piece;
  std::string line;
  std::int64_t position = begin;
  file.clear();
  file.seekg(0);
  if (begin > 0) {
    // A line that began earlier belongs to an earlier rank; one that begins at `begin` itself does not.
    file.seekg(begin - 1);
    std::getline(file, line);
    position = begin + static_cast<std::int64_t>(line.size());
  }
  while (position < end && std::getline(file, line)) {
    ++piece.num_lines;
    const bool first = position == 0;
    position += static_cast<std::int64_t>(line.size()) + 1;
    if (first && format.has_header()) continue;
    const std::string_view text = first ? without_mark(line) : std::string_view(line);
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
  const std::int64_t num_columns = row_length(needs);
  Piece piece;
  agree(communicator.get(), [&] {
    std::vector<char> buffer(std::size_t{1} << 20);
    std::ifstream file;
    file.rdbuf()->pubsetbuf(buffer.data(), std::ssize(buffer));
    file.open(path, std::ios::binary);
    if (!file) throw InputError("file '" + path + "' cannot be opened on every node; put it on a shared file system");
    const LineFormat format = read_header(file, path, needs);
    const auto size = static_cast<std::int64_t>(std::filesystem::file_size(path));
    piece = parse_bytes(file, path, rows_of_rank(size, communicator.rank(), communicator.size()), format);
  });
  // The lowest rank that complains has only whole pieces before it, so its line number is right.
  const std::int64_t line = sum_below(communicator.get(), piece.num_lines) + piece.num_lines;
  agree(communicator.get(), [&] {
    if (!piece.complaint.empty())
      throw InputError("file '" + path + "', line " + std::to_string(line) + ": " + piece.complaint);
  });
  const std::int64_t num_held = size_of(piece.rows) / num_columns;
  const std::int64_t held_begin = sum_below(communicator.get(), num_held);
  const std::int64_t num_points = all_sum(communicator.get(), num_held);
  if (num_points == 0)
    throw InputError("file '" + path + "' holds no points; write one line per point: " + row_description(needs));
  const RowRange held{held_begin, held_begin + num_held};
  Particles particles = particles_of_rows(to_owners(communicator, piece.rows, held, num_points, num_columns), needs);
  particles.num_sources = particles.num_targets = num_points;
  return particles;
}

int row_length(const ParticleNeeds& needs) {
  return 3 + needs.num_strengths + (needs.source_normals || needs.target_normals ? 3 : 0);
}

std::string row_description(const ParticleNeeds& needs) {
  return "x y z, " + (needs.num_strengths == 1 ? "the strength" : std::to_string(needs.num_strengths) + " strengths") +
         (needs.source_normals || needs.target_normals ? " and the normal nx ny nz" : "") + " of the point";
}

Particles particles_of_rows(std::span<const double> rows, const ParticleNeeds& needs) {
  Particles particles;
  const std::size_t length = usize(row_length(needs)), first_normal = usize(3 + needs.num_strengths);
  const auto append = [](std::span<const double> part, std::vector<double>& all) {
    all.insert(all.end(), part.begin(), part.end());
  };
  for (; !rows.empty(); rows = rows.subspan(length)) {
    append(rows.first(3), particles.sources);
    append(rows.subspan(3, usize(needs.num_strengths)), particles.charges);
    const std::span<const double> normal = rows.subspan(first_normal, length - first_normal);
    if (needs.source_normals) append(normal, particles.source_normals);
    if (needs.target_normals) append(normal, particles.target_normals);
  }
  return particles;
}

}
