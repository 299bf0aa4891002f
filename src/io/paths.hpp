// SPDX-License-Identifier: BSD-3-Clause
// What can be said about a file from its name and the file system, before anything is read. Not collective.
#pragma once

#include <filesystem>
#include <string>

namespace nearfar {

/// The name ends in .csv or .txt, in any case.
[[nodiscard]] bool is_text_name(const std::string& path);

/// The name ends in .npy, in any case.
[[nodiscard]] bool is_npy_name(const std::string& path);

/// The name ends in .npz, in any case.
[[nodiscard]] bool is_npz_name(const std::string& path);

/// Such as "a directory".
[[nodiscard]] std::string kind_of_file(const std::filesystem::file_status& status);

/// Where the symbolic links lead that begin at `path`, which is `path` itself when it is not a link. The last link may
/// name a file that does not exist yet. Throws InputError for links that never end.
[[nodiscard]] std::string follow_links(const std::string& path);

/// A descriptor for reading, which the caller closes. Throws InputError unless `path` is a regular file that can be
/// opened.
[[nodiscard]] int open_readable(const std::string& path);

/// Throws InputError where open_readable does.
void require_readable(const std::string& path);

}
