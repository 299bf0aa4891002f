// SPDX-License-Identifier: BSD-3-Clause
#include "support/watchdog.hpp"

#include <execinfo.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <mpi.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace nearfar {
namespace {

constexpr int exit_code = 5;

/// What other ranks see of one.
struct alignas(64) Slot {
  std::atomic<int> waits{0};        ///< whether it stands in a call
  std::atomic<int> num_returns{0};  ///< of calls
};

Slot alone;          ///< as long as nobody watches
Slot* own = &alone;  ///< in memory that all ranks of the host share
Slot* slots = nullptr;
int num_ranks = 1, own_rank = 0, patience = 20;
const char* standing_in = nullptr;
pthread_t main_thread;

void say_where(int) {
  std::array<void*, 60> frames{};
  const int count = backtrace(frames.data(), static_cast<int>(frames.size()));
  std::array<char, 120> line{};
  const int length = std::snprintf(line.data(), line.size(), "watchdog: all ranks wait; rank %d stands in %s\n",
                                   own_rank, standing_in == nullptr ? "no call" : standing_in);
  (void)!write(STDERR_FILENO, line.data(), static_cast<std::size_t>(length));
  backtrace_symbols_fd(frames.data(), count, STDERR_FILENO);
}

/// Counts in naps, not by the clock, so that a machine that stops for a while is no lost agreement.
[[noreturn]] void watch() {
  std::vector<int> before(static_cast<std::size_t>(num_ranks), -1);
  int num_naps = 0;
  while (true) {
    sleep(1);
    bool all_wait = true, same = true;
    for (std::size_t rank = 0; rank < before.size(); ++rank) {
      all_wait = all_wait && slots[rank].waits != 0;
      const int returns = slots[rank].num_returns;
      same = same && returns == before[rank];
      before[rank] = returns;
    }
    num_naps = all_wait && same ? num_naps + 1 : 0;
    if (num_naps < patience) continue;
    pthread_kill(main_thread, SIGUSR2);
    sleep(2);  // for the others to say it too
    _exit(exit_code);
  }
}

/// Begins when MPI is there, and watches to the end of the process.
class Watchdog : public testing::Environment {
 public:
  void SetUp() override {
    MPI_Comm host = MPI_COMM_NULL;
    int on_host = 0;
    PMPI_Comm_size(MPI_COMM_WORLD, &num_ranks);
    PMPI_Comm_rank(MPI_COMM_WORLD, &own_rank);
    PMPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host);
    PMPI_Comm_size(host, &on_host);
    PMPI_Comm_free(&host);
    if (num_ranks == 1 || on_host != num_ranks || !share()) return;
    if (const char* const seconds = std::getenv("NEARFAR_PATIENCE")) patience = std::atoi(seconds);
    void* frame = nullptr;
    backtrace(&frame, 1);  // loads what it needs
    main_thread = pthread_self();
    std::signal(SIGUSR2, say_where);
    std::thread(watch).detach();
  }

 private:
  /// Whether all ranks have the memory.
  static bool share() {
    int pid = getpid();
    PMPI_Bcast(&pid, 1, MPI_INT, 0, MPI_COMM_WORLD);
    const std::string name = "/nearfar_watchdog_" + std::to_string(pid);
    const std::size_t size = static_cast<std::size_t>(num_ranks) * sizeof(Slot);
    int file = -1;
    if (own_rank == 0) {
      file = shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
      if (file >= 0 && ftruncate(file, static_cast<off_t>(size)) != 0) file = -1;
    }
    PMPI_Barrier(MPI_COMM_WORLD);
    if (own_rank != 0) file = shm_open(name.c_str(), O_RDWR, 0600);
    void* memory = file < 0 ? MAP_FAILED : mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (file >= 0) close(file);
    int all = memory != MAP_FAILED ? 1 : 0;
    PMPI_Allreduce(MPI_IN_PLACE, &all, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    if (own_rank == 0) shm_unlink(name.c_str());
    if (all == 0) return false;
    slots = static_cast<Slot*>(memory);  // zeros
    own = slots + own_rank;
    return true;
  }
};

[[maybe_unused]] const testing::Environment* const watchdog = testing::AddGlobalTestEnvironment(new Watchdog);

/// By hand, and by a test of its own: with NEARFAR_PATIENCE=2 and --gtest_also_run_disabled_tests.
TEST(Watchdog, DISABLED_NamesTheCallsOfALostAgreement) {
  int value = 0;
  if (own_rank == 0)
    MPI_Bcast(&value, 1, MPI_INT, 1, MPI_COMM_WORLD);
  else
    MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
}

}

StandsIn::StandsIn(const char* call) noexcept : before_(standing_in) {
  standing_in = call;
  own->waits = 1;
}

StandsIn::~StandsIn() {
  standing_in = before_;
  if (before_ != nullptr) return;
  own->waits = 0;
  own->num_returns.fetch_add(1, std::memory_order_relaxed);
}

}

// Calls that wait for other ranks; support/mpi_counts.cpp has more.
extern "C" {

int MPI_Barrier(MPI_Comm comm) {
  const nearfar::StandsIn call("MPI_Barrier");
  return PMPI_Barrier(comm);
}

int MPI_Bcast(void* values, int count, MPI_Datatype type, int root, MPI_Comm comm) {
  const nearfar::StandsIn call("MPI_Bcast");
  return PMPI_Bcast(values, count, type, root, comm);
}

int MPI_Reduce(const void* values, void* result, int count, MPI_Datatype type, MPI_Op operation, int root,
               MPI_Comm comm) {
  const nearfar::StandsIn call("MPI_Reduce");
  return PMPI_Reduce(values, result, count, type, operation, root, comm);
}

int MPI_Exscan(const void* values, void* result, int count, MPI_Datatype type, MPI_Op operation, MPI_Comm comm) {
  const nearfar::StandsIn call("MPI_Exscan");
  return PMPI_Exscan(values, result, count, type, operation, comm);
}

int MPI_Scan(const void* values, void* result, int count, MPI_Datatype type, MPI_Op operation, MPI_Comm comm) {
  const nearfar::StandsIn call("MPI_Scan");
  return PMPI_Scan(values, result, count, type, operation, comm);
}

int MPI_Alltoall(const void* values, int count, MPI_Datatype type, void* all, int num, MPI_Datatype of_all,
                 MPI_Comm comm) {
  const nearfar::StandsIn call("MPI_Alltoall");
  return PMPI_Alltoall(values, count, type, all, num, of_all, comm);
}

int MPI_Wait(MPI_Request* request, MPI_Status* status) {
  const nearfar::StandsIn call("MPI_Wait");
  return PMPI_Wait(request, status);
}

int MPI_Waitany(int count, MPI_Request requests[], int* number, MPI_Status* status) {
  const nearfar::StandsIn call("MPI_Waitany");
  return PMPI_Waitany(count, requests, number, status);
}

int MPI_Waitsome(int count, MPI_Request requests[], int* num_complete, int numbers[], MPI_Status statuses[]) {
  const nearfar::StandsIn call("MPI_Waitsome");
  return PMPI_Waitsome(count, requests, num_complete, numbers, statuses);
}

int MPI_Recv(void* values, int count, MPI_Datatype type, int from, int tag, MPI_Comm comm, MPI_Status* status) {
  const nearfar::StandsIn call("MPI_Recv");
  return PMPI_Recv(values, count, type, from, tag, comm, status);
}

int MPI_Comm_split(MPI_Comm comm, int color, int key, MPI_Comm* part) {
  const nearfar::StandsIn call("MPI_Comm_split");
  return PMPI_Comm_split(comm, color, key, part);
}
}
