// SPDX-License-Identifier: BSD-3-Clause
// The life of the program: MPI and PETSc begin and end here, and every error becomes one line and an exit code.
#pragma once

namespace nearfar::app {

/// 0 fine, 1 wrong usage, 2 unusable input or output, 3 internal error, 4 check failed; the same on every rank.
int run_program(int argc, char** argv);

}
