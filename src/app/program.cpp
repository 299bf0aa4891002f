// SPDX-License-Identifier: BSD-3-Clause
#include "app/program.hpp"

#include <mpi.h>
#include <petscsys.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <iostream>
#include <new>
#include <thread>

#include "app/command_line.hpp"
#include "app/text.hpp"
#include "base/petsc.hpp"
#include "base/simd_level.hpp"
#include "comm/mpi.hpp"
#include "io/hdf5_end.hpp"

namespace nearfar::app {
namespace {

constexpr int usage_exit_code = 1;
constexpr int input_exit_code = 2;
constexpr int internal_exit_code = 3;
constexpr int check_exit_code = 4;

void print_error(const std::string& sentence) { std::cerr << "nearfar: " + one_line(sentence) + "\n" << std::flush; }

/// Ends all ranks when one of them has failed in a way that the others may know nothing about.
[[noreturn]] void abort_run(const std::string& sentence, int exit_code) {
  // When all ranks fail alike, rank 0 has printed its line and ended the others before they print theirs.
  if (rank_of(MPI_COMM_WORLD) != 0) std::this_thread::sleep_for(std::chrono::seconds(1));
  print_error(sentence);
  MPI_Abort(MPI_COMM_WORLD, exit_code);
  std::_Exit(exit_code);
}

[[noreturn]] void abort_run(const std::string& sentence) {
  abort_run("internal error on rank " + std::to_string(rank_of(MPI_COMM_WORLD)) + ": " + sentence, internal_exit_code);
}

/// Waits until every rank has come here. Errors that are thrown by all ranks alike are the rule; should one ever be
/// thrown by some only, the others wait in some exchange, and the run must end rather than hang.
void meet_or_abort() {
  static constexpr auto patience = std::chrono::seconds(30);
  static constexpr auto pause = std::chrono::milliseconds(1);
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Ibarrier(MPI_COMM_WORLD, &request);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  int done = 0;
  while (MPI_Test(&request, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && done == 0) {
    if (std::chrono::steady_clock::now() > deadline) abort_run("the other ranks do not know of this error");
    std::this_thread::sleep_for(pause);
  }
}

/// An error that all ranks have thrown.
int end_with(const char* sentence, int exit_code) {
  if (rank_of(MPI_COMM_WORLD) == 0) print_error(sentence);
  meet_or_abort();
  return exit_code;
}

/// Runs `action` and turns what it throws into an exit code.
int guarded(const std::function<void()>& action) {
  try {
    action();
    return 0;
  } catch (const UsageError& error) {
    return end_with(error.what(), usage_exit_code);
  } catch (const InputError& error) {
    return end_with(error.what(), input_exit_code);
  } catch (const CheckFailure& error) {
    return end_with(error.what(), check_exit_code);
  } catch (const std::bad_alloc&) {
    abort_run("out of memory: use more ranks or hosts, fewer points, or a larger tolerance");
  } catch (const std::exception& error) {
    abort_run(error.what());
  } catch (...) {
    abort_run("unknown error");
  }
}

/// Hands to PETSc only what the user meant for it.
class PetscSession {
 public:
  PetscSession(const char* program, const std::vector<std::string>& arguments) : words_{program} {
    words_.insert(words_.end(), arguments.begin(), arguments.end());
    for (std::string& word : words_) pointers_.push_back(word.data());
    pointers_.push_back(nullptr);
    count_ = static_cast<int>(words_.size());
    arguments_ = pointers_.data();
    // A file of options that is missing fails on rank 0 alone, while the others wait for it.
    if (PetscInitialize(&count_, &arguments_, nullptr, nullptr) != 0) {
      if (arguments.empty()) abort_run("PETSc cannot start; see its message above", internal_exit_code);
      abort_run("PETSc does not accept the options after --; see its message above", usage_exit_code);
    }
    // A crash should end the program with its signal, not in PETSc's handler.
    check_petsc(PetscPopSignalHandler(), "PetscPopSignalHandler");
  }
  ~PetscSession() { PetscFinalize(); }
  PetscSession(const PetscSession&) = delete;
  PetscSession& operator=(const PetscSession&) = delete;

 private:
  std::vector<std::string> words_;
  std::vector<char*> pointers_;
  int count_ = 0;
  char** arguments_ = nullptr;
};

struct Runner {
  MPI_Comm communicator;
  void operator()(const std::string&) const {}
  void operator()(const GenerateOptions& options) const { run_generate(communicator, options); }
  void operator()(const EvaluateOptions& options) const { run_evaluate(communicator, options); }
  void operator()(const InfoOptions& options) const { run_info(communicator, options); }
  void operator()(const PlanCommandOptions& options) const { run_plan(communicator, options); }
  void operator()(const CalibrateOptions& options) const { run_calibrate(communicator, options); }
  void operator()(const KernelsOptions& options) const { run_kernels(communicator, options); }
};

int run_subcommand(const Invocation& invocation, const char* program, const std::vector<std::string>& petsc_arguments) {
  const PetscSession petsc(program, petsc_arguments);
  // A communicator of its own keeps the meeting of the ranks after an error apart from whatever they were doing.
  const Communicator communicator(MPI_COMM_WORLD);
  return guarded([&] { std::visit(Runner{communicator.get()}, invocation); });
}

int run_with_mpi(int argc, char** argv) {
  const Arguments arguments = split_arguments(argc, argv);
  Invocation invocation;
  const int exit_code = guarded([&] {
    agree(MPI_COMM_WORLD, [] { static_cast<void>(simd_level()); });
    invocation = parse_arguments(arguments.own);
  });
  if (exit_code != 0) return exit_code;
  if (const auto* text = std::get_if<std::string>(&invocation)) {
    if (rank_of(MPI_COMM_WORLD) == 0) std::cout << *text << std::flush;
    return 0;
  }
  return run_subcommand(invocation, argc > 0 ? argv[0] : "nearfar", arguments.petsc);
}

}

int run_program(int argc, char** argv) {
  // A file that reaches the limit of its size (ulimit -f) is a failed write like that on a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  keep_hdf5_up();
  int provided = MPI_THREAD_SINGLE;
  if (MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS) return internal_exit_code;
  if (provided < MPI_THREAD_FUNNELED) abort_run("this MPI cannot be used together with threads");
  const int exit_code = run_with_mpi(argc, argv);
  MPI_Finalize();
  return exit_code;
}

}
