/* A library of one process with the binary interface of MPI 5: it knows the handles of the standard, and no others. */
#include <stdint.h>
#include <string.h>

typedef uintptr_t handle;

static int bytesOf(handle type) {
  switch (type) {
    case 0x247: return 1;
    case 0x210: case 0x251: return 4;
    case 0x214: return 8;
    default: return 0;
  }
}

static int copy(const void *from, int count, handle type, void *to, handle world) {
  int bytes = bytesOf(type);
  if (bytes == 0 || world != 0x101) return 3;
  memmove(to, from, (size_t)count * bytes);
  return 0;
}

int MPI_Initialized(int *flag) { *flag = 0; return 0; }
int MPI_Init_thread(void *argc, void *argv, int required, int *provided) { *provided = required; return 0; }
int MPI_Finalize(void) { return 0; }
int MPI_Abort(handle world, int code) { return world == 0x101 ? code : 3; }
int MPI_Get_library_version(char *version, int *length) {
  strcpy(version, "Standard MPI 5.0");
  *length = (int)strlen(version);
  return 0;
}
int MPI_Comm_rank(handle world, int *rank) { *rank = 0; return world == 0x101 ? 0 : 3; }
int MPI_Comm_size(handle world, int *size) { *size = 1; return world == 0x101 ? 0 : 3; }
int MPI_Barrier(handle world) { return world == 0x101 ? 0 : 3; }
int MPI_Bcast(void *data, int count, handle type, int root, handle world) {
  return root == 0 ? copy(data, count, type, data, world) : 3;
}
int MPI_Allreduce(const void *from, void *to, int count, handle type, handle op, handle world) {
  return op >= 0x21 && op <= 0x23 ? copy(from, count, type, to, world) : 3;
}
int MPI_Allgather(const void *from, int count, handle type, void *to, int each, handle as, handle world) {
  return as == type && each == count ? copy(from, count, type, to, world) : 3;
}
int MPI_Allgatherv(const void *from, int count, handle type, void *to, const int *counts, const int *offsets, handle as,
                   handle world) {
  return as == type && counts[0] == count ? copy(from, count, type, (char *)to + offsets[0], world) : 3;
}
int MPI_Alltoall(const void *from, int count, handle type, void *to, int each, handle as, handle world) {
  return MPI_Allgather(from, count, type, to, each, as, world);
}
int MPI_Alltoallv(const void *from, const int *counts, const int *starts, handle type, void *to, const int *received,
                  const int *offsets, handle as, handle world) {
  return MPI_Allgatherv((const char *)from + starts[0], counts[0], type, to, received, offsets, as, world);
}
