// Threads that follow the one that calls: it offers the parts of a call, and all take them. Parts are offered only when all
// parts of the last call are done, so that a thread that has taken one may read the call until it is done.
#pragma once
#include <stdlib.h>
#include "call.h"
#include "threads.h"

class Pool {
 public:
  // How many followers could be started.
  size_t start(const KernelTable* kernels, size_t followers) {
    table = kernels;
    threads = (Follower*)calloc(followers + 1, sizeof(Follower));
    for (count = 0; threads && count < followers; count++) {
      Follower& follower = threads[count];
      follower.pool = this;
      follower.number = count + 1;
      follower.thread.work = follow;
      follower.thread.data = &follower;
      if (!follower.thread.start()) break;
    }
    return count;
  }

  void stop() {
    lock.enter();
    atomicStore(&stopped, 1);
    lock.wakeAll();
    lock.leave();
    for (size_t i = 0; i < count; i++) threads[i].thread.join();
    free(threads);
    threads = nullptr;
    count = 0;
  }

  // Returns when all parts are done.
  void run(const Call& offeredCall) {
    if (offeredCall.parts < 2) {
      runWhole(table, offeredCall);
      return;
    }
    const uint64_t parts = (uint64_t)offeredCall.parts;
    call = &offeredCall;
    atomicStore(&done, 0);
    atomicStore(&offered, parts);
    if (atomicLoad(&sleepers) > 0) {
      lock.enter();
      lock.wakeAll();
      lock.leave();
    }
    takeParts(0);
    for (int looks = 0; atomicLoad(&done) < parts && looks < LOOKS; looks++) relax();
    if (atomicLoad(&done) >= parts) return;
    lock.enter();
    atomicStore(&waits, 1);
    while (atomicLoad(&done) < parts) lock.sleep();
    atomicStore(&waits, 0);
    lock.leave();
  }

 private:
  struct Follower {
    Pool* pool;
    size_t number;
    Thread thread;
  };
  // How often a thread looks before it goes to sleep: some tens of microseconds, longer than from one kernel to the next.
  static constexpr int LOOKS = 2000;

  const KernelTable* table = nullptr;
  const Call* call = nullptr;
  Follower* threads = nullptr;
  size_t count = 0;
  Lock lock;
  // Parts that are not taken yet, and parts that are done.
  uint64_t offered = 0;
  [[maybe_unused]] char apart[56];
  uint64_t done = 0;
  [[maybe_unused]] char fromOthers[56];
  uint64_t sleepers = 0;
  uint64_t waits = 0;
  uint64_t stopped = 0;

  static void follow(void* data) {
    Follower& self = *(Follower*)data;
    while (self.pool->awaitOffer()) self.pool->takeParts(self.number);
  }

  void takeParts(size_t thread) {
    for (;;) {
      const uint64_t left = atomicLoad(&offered);
      if (left == 0) return;
      if (!atomicExchange(&offered, left, left - 1)) continue;
      const uint64_t parts = (uint64_t)call->parts;
      runPart(table, *call, parts - left, thread);
      if (atomicAdd(&done, 1) != parts || atomicLoad(&waits) == 0) continue;
      lock.enter();
      lock.wakeAll();
      lock.leave();
    }
  }

  // Whether to go on.
  bool awaitOffer() {
    for (int looks = 0; looks < LOOKS; looks++) {
      if (atomicLoad(&offered) > 0) return true;
      if (atomicLoad(&stopped)) return false;
      relax();
    }
    lock.enter();
    atomicAdd(&sleepers, 1);
    while (atomicLoad(&offered) == 0 && !atomicLoad(&stopped)) lock.sleep();
    atomicAdd(&sleepers, (uint64_t)-1);
    lock.leave();
    return !atomicLoad(&stopped);
  }
};
