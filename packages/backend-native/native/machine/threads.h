// Threads, a lock, something to sleep on, and atomics, without a C++ library.
#pragma once
#include <stddef.h>
#include <stdint.h>
#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#else
#include <pthread.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

static inline uint64_t atomicLoad(const uint64_t* at) { return __atomic_load_n(at, __ATOMIC_SEQ_CST); }
static inline void atomicStore(uint64_t* at, uint64_t value) { __atomic_store_n(at, value, __ATOMIC_SEQ_CST); }
static inline uint64_t atomicAdd(uint64_t* at, uint64_t more) { return __atomic_add_fetch(at, more, __ATOMIC_SEQ_CST); }
static inline bool atomicExchange(uint64_t* at, uint64_t was, uint64_t to) {
  return __atomic_compare_exchange_n(at, &was, to, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

// Hints to the processor that this loop waits.
static inline void relax() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

struct Lock {
#if defined(_WIN32)
  SRWLOCK lock = SRWLOCK_INIT;
  CONDITION_VARIABLE changed = CONDITION_VARIABLE_INIT;
  void enter() { AcquireSRWLockExclusive(&lock); }
  void leave() { ReleaseSRWLockExclusive(&lock); }
  void sleep() { SleepConditionVariableSRW(&changed, &lock, INFINITE, 0); }
  void wakeAll() { WakeAllConditionVariable(&changed); }
#else
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
  void enter() { pthread_mutex_lock(&lock); }
  void leave() { pthread_mutex_unlock(&lock); }
  void sleep() { pthread_cond_wait(&changed, &lock); }
  void wakeAll() { pthread_cond_broadcast(&changed); }
#endif
};

struct Thread {
  void (*work)(void*) = nullptr;
  void* data = nullptr;
#if defined(_WIN32)
  HANDLE handle = nullptr;
  static DWORD WINAPI begin(void* thread) {
    ((Thread*)thread)->work(((Thread*)thread)->data);
    return 0;
  }
  bool start() { return (handle = CreateThread(nullptr, 0, begin, this, 0, nullptr)) != nullptr; }
  void join() {
    WaitForSingleObject(handle, INFINITE);
    CloseHandle(handle);
  }
#else
  pthread_t handle = {};
  static void* begin(void* thread) {
    ((Thread*)thread)->work(((Thread*)thread)->data);
    return nullptr;
  }
  bool start() { return pthread_create(&handle, nullptr, begin, this) == 0; }
  void join() { pthread_join(handle, nullptr); }
#endif
};
