// SPDX-License-Identifier: BSD-3-Clause
// What nearfar throws: agreed by all ranks, which throw the same sentence of what is wrong, where, and what to do.
// Memory or MPI that fails where ranks cannot agree any more ends the job: a sentence, and MPI_Abort of MPI_COMM_WORLD.
#pragma once

#include <stdexcept>

namespace nearfar {

/// Base of all errors of this library.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A parameter is out of its range or an option is unknown; the program ends with exit code 1.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// Data is missing, misshaped or not finite, or a file cannot be used; the program ends with exit code 2.
class InputError : public Error {
 public:
  using Error::Error;
};

}
