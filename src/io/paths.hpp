// SPDX-License-Identifier: BSD-3-Clause
// What can be said about a file from its name and the file system, before anything is opened. Not collective.
#pragma once

#include <cstdint>
#include <string>

namespace nearfar {

/// The name ends in .csv or .txt, in any case.
[[nodiscard]] bool is_text_name(const std::string& path);

/// The name under which a file is written until it is whole.
[[nodiscard]] std::string temporary_name(const std::string& path);

/// Throws InputError unless `path` is a regular file that can be opened.
void require_readable(const std::string& path);

/// Throws InputError unless a file of results can be created at `path`; leaves nothing behind.
void require_writable(const std::string& path);

/// Creates or empties the file at `path` and throws InputError unless `bytes` more fit on its disk and under the limits
/// of this process. HDF5 cannot recover when it fails to write what it must to complete a file.
void require_room(const std::string& path, std::int64_t bytes);

}
