// SPDX-License-Identifier: BSD-3-Clause
// nearfar_faults ACTION KIND RANK FIRST LAST STEP: for n = FIRST, FIRST + STEP, ... LAST, does something with the n-th
// call of a kind (memory, messages, files, phases) failing on one rank, until there are fewer than n. After each, all
// ranks must have had the same error, or none; no file may be half written; and the same action must then succeed
// without a fault. A line on standard output for each n says what became of it: the error and its sentence, or
// "ignored" and the call that failed without an error; where there were fewer than n calls, how many of them opened and
// read files. A rank that waits for more than ten seconds prints where it
// stands and ends the job with exit code 5.
//
// nearfar_faults --list prints the actions.
#include <execinfo.h>
#include <mpi.h>
#include <petscsys.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <new>
#include <string>

#include "faults/actions.hpp"
#include "faults/fault.hpp"
#include "io/hdf5_end.hpp"
#include "nearfar/error.hpp"

namespace nearfar::faults {
namespace {

constexpr unsigned patience = 10;
constexpr int hang_exit_code = 5, fault_exit_code = 6;

int world_rank = 0;
MPI_Comm harness = MPI_COMM_NULL;  ///< of this program, apart from the messages of the library and PETSc

void say_where(int) {
  std::array<void*, 60> frames{};
  const int count = backtrace(frames.data(), static_cast<int>(frames.size()));
  char line[80];
  const int length =
      std::snprintf(line, sizeof line, "faults: rank %d waits for more than %u s in\n", world_rank, patience);
  (void)!write(STDERR_FILENO, line, static_cast<std::size_t>(length));
  backtrace_symbols_fd(frames.data(), count, STDERR_FILENO);
  sleep(1);  // for the others to say it too
  _exit(hang_exit_code);
}

enum class Outcome : int { fine, usage, input, other, memory, unknown };
constexpr std::array outcome_names{"fine",          "UsageError",     "InputError",
                                   "another error", "std::bad_alloc", "an unknown error"};

/// `sentence` is of at most that many letters, filled up with zeros.
using Sentence = std::array<char, 600>;

[[nodiscard]] Outcome outcome_of(const std::function<void()>& action, Sentence& sentence) {
  sentence = {};
  const auto keep = [&](Outcome outcome, const char* what) {
    std::strncpy(sentence.data(), what, sentence.size() - 1);
    return outcome;
  };
  try {
    action();
    return Outcome::fine;
  } catch (const UsageError& error) {
    return keep(Outcome::usage, error.what());
  } catch (const InputError& error) {
    return keep(Outcome::input, error.what());
  } catch (const std::bad_alloc& error) {
    return keep(Outcome::memory, error.what());
  } catch (const std::exception& error) {
    return keep(Outcome::other, error.what());
  } catch (...) {
    return keep(Outcome::unknown, "");
  }
}

[[noreturn]] void end_at_fault(const char* what, std::int64_t number, Outcome own, const Sentence& sentence) {
  std::fprintf(stderr, "faults: number %lld %s: %s: rank %d has %s: %s\n", static_cast<long long>(number),
               what_failed(), what, world_rank, outcome_names[static_cast<std::size_t>(own)], sentence.data());
  std::fflush(stderr);
  MPI_Barrier(harness);
  _exit(fault_exit_code);
}

/// What an action leaves behind: no files without their names, and what it writes is whole.
[[nodiscard]] Outcome outcome_of_files(const Action& action, Sentence& sentence) {
  return outcome_of(
      [&] {
        if (const auto names = unfinished_files(); !names.empty()) throw std::logic_error(names[0] + " is left");
        MPI_Barrier(harness);  // before others are written
        if (action.check) action.check();
      },
      sentence);
}

/// Collective. On rank 0: the outcome and the sentence, or which call of `rank` has failed without being noticed, or
/// how many it made.
void print_outcome(int rank, std::int64_t number, Outcome outcome, bool reached, Sentence sentence) {
  const bool ignored = reached && outcome == Outcome::fine;
  if (ignored || !reached) {
    if (world_rank == rank && ignored) std::strncpy(sentence.data(), what_failed(), sentence.size() - 1);
    if (world_rank == rank && !reached)
      std::snprintf(sentence.data(), sentence.size(), "%lld opened, %lld read",
                    static_cast<long long>(num_calls("open")), static_cast<long long>(num_calls("read")));
    MPI_Bcast(sentence.data(), static_cast<int>(sentence.size()), MPI_CHAR, rank, harness);
  }
  if (world_rank == 0)
    std::printf("%lld %s: %s\n", static_cast<long long>(number),
                !reached  ? "not reached"
                : ignored ? "ignored"
                          : outcome_names[static_cast<std::size_t>(outcome)],
                sentence.data());
  std::fflush(stdout);
}

/// Returns whether the call was reached.
bool try_fault(const Action& action, Kind kind, int rank, std::int64_t number) {
  Sentence sentence{};
  const std::function<void()> run = action.prepare();
  MPI_Barrier(harness);
  alarm(patience);
  if (world_rank == rank) begin_fault(kind, number);
  const Outcome own = outcome_of(run, sentence);
  bool reached = world_rank != rank || has_failed();
  if (world_rank == rank) end_fault();
  std::array<int, 2> least{static_cast<int>(own), reached ? 1 : 0}, most{static_cast<int>(own), 0};
  MPI_Allreduce(MPI_IN_PLACE, least.data(), 2, MPI_INT, MPI_MIN, harness);
  MPI_Allreduce(MPI_IN_PLACE, most.data(), 2, MPI_INT, MPI_MAX, harness);
  if (least[0] != most[0]) end_at_fault("not the same on all ranks", number, own, sentence);
  Sentence first = sentence;
  MPI_Bcast(first.data(), static_cast<int>(first.size()), MPI_CHAR, 0, harness);
  int same = first == sentence ? 1 : 0;
  MPI_Allreduce(MPI_IN_PLACE, &same, 1, MPI_INT, MPI_MIN, harness);
  if (same == 0 || own == Outcome::unknown) end_at_fault("another sentence", number, own, sentence);
  alarm(patience);
  // Nothing is left behind that spoils what comes after.
  Sentence after{};
  Outcome again = outcome_of_files(action, after);
  if (again == Outcome::fine) again = outcome_of(action.prepare(), after);
  int fine = again == Outcome::fine ? 1 : 0;
  MPI_Allreduce(MPI_IN_PLACE, &fine, 1, MPI_INT, MPI_MIN, harness);
  if (fine == 0) end_at_fault("afterwards", number, again, after);
  alarm(0);
  reached = least[1] != 0;
  print_outcome(rank, number, own, reached, sentence);
  return reached;
}

[[nodiscard]] Kind kind_of(const std::string& name) {
  if (name == "memory") return Kind::memory;
  if (name == "messages") return Kind::messages;
  if (name == "files") return Kind::files;
  return name == "phases" ? Kind::phases : Kind::none;
}

int run(char** argv) {
  const Kind kind = kind_of(argv[2]);
  for (const Action& action : all_actions()) {
    if (action.name != argv[1] || kind == Kind::none) continue;
    const int rank = std::atoi(argv[3]);
    const std::int64_t first = std::atoll(argv[4]), last = std::atoll(argv[5]), step = std::atoll(argv[6]);
    // Of a job that has ended.
    if (world_rank == 0)
      for (const std::string& name : unfinished_files()) std::filesystem::remove(name);
    MPI_Barrier(harness);
    action.prepare()();  // what is made once and kept
    for (std::int64_t number = first; number <= last; number += step) {
      if (world_rank == 0) std::printf("begin %lld\n", static_cast<long long>(number));
      std::fflush(stdout);
      if (!try_fault(action, kind, rank, number)) break;
    }
    return 0;
  }
  if (world_rank == 0) std::fprintf(stderr, "faults: no action %s, or no kind %s\n", argv[1], argv[2]);
  return 1;
}

}
}

int main(int argc, char** argv) {
  using namespace nearfar::faults;
  if (argc == 2 && std::string(argv[1]) == "--list") {
    for (const Action& action : all_actions()) std::printf("%s\n", action.name.c_str());
    return 0;
  }
  if (argc != 7) {
    std::fprintf(stderr, "usage: nearfar_faults ACTION KIND RANK FIRST LAST STEP, or --list\n");
    return 1;
  }
  nearfar::keep_hdf5_up();
  MPI_Init(&argc, &argv);
  PetscInitialize(nullptr, nullptr, nullptr, nullptr);
  PetscPopSignalHandler();
  PetscPushErrorHandler(PetscReturnErrorHandler, nullptr);
  MPI_Comm_rank(MPI_COMM_WORLD, &world_rank);
  MPI_Comm_dup(MPI_COMM_WORLD, &harness);
  void* frame = nullptr;
  backtrace(&frame, 1);  // loads what it needs
  std::signal(SIGALRM, say_where);
  nearfar::faults::watch_phases();
  const int result = run(argv);
  PetscFinalize();
  MPI_Finalize();
  return result;
}
