// A range of addresses whose memory is taken from the system as it is needed. Fresh memory is zero.
#pragma once
#include <stddef.h>
#include <stdint.h>
#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#else
#include <sys/mman.h>
#endif

struct Arena {
  char* start = nullptr;
  size_t bytes = 0;
  size_t committed = 0;

  bool reserve(size_t size) {
    bytes = size;
#if defined(_WIN32)
    start = (char*)VirtualAlloc(nullptr, size, MEM_RESERVE, PAGE_NOACCESS);
    return start != nullptr;
#else
    int flags = MAP_PRIVATE | MAP_ANONYMOUS;
#if defined(MAP_NORESERVE)
    flags |= MAP_NORESERVE;
#endif
    void* const at = mmap(nullptr, size, PROT_NONE, flags, -1, 0);
    start = at == MAP_FAILED ? nullptr : (char*)at;
#if defined(MADV_HUGEPAGE)
    // Rows of large tables lie far apart: with pages of 2 MiB, their addresses are found in the processor's own table.
    if (start) madvise(start, size, MADV_HUGEPAGE);
#endif
    return start != nullptr;
#endif
  }

  // Makes the memory up to `end` bytes usable. False where the system has none left.
  bool commit(size_t end) {
    if (end <= committed) return true;
    if (end > bytes) return false;
#if defined(_WIN32)
    if (!VirtualAlloc(start + committed, end - committed, MEM_COMMIT, PAGE_READWRITE)) return false;
#else
    if (mprotect(start + committed, end - committed, PROT_READ | PROT_WRITE) != 0) return false;
#endif
    committed = end;
    return true;
  }

  // Gives whole pages back to the system; their memory is zero when it is used again. Whether that could be done.
  bool discard(char* from, size_t size) {
#if defined(__linux__)
    return madvise(from, size, MADV_DONTNEED) == 0;
#else
    (void)from, (void)size;
    return false;
#endif
  }

  void release() {
    if (!start) return;
#if defined(_WIN32)
    VirtualFree(start, 0, MEM_RELEASE);
#else
    munmap(start, bytes);
#endif
    start = nullptr;
  }
};
