// A machine is a range of memory, the kernels of one instruction set, and the threads that run them. All state belongs to a
// machine, so that worker threads may load the addon too.
#pragma once
#include "arena.h"
#include "../kernels/table.h"
#include "stream.h"
#include "../values.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace {

struct Machine {
  napi_env env = nullptr;
  const KernelTable* table = nullptr;
  Arena arena;
  Pool pool;
  size_t threads = 1;
  // Where JavaScript writes the arguments of calls.
  Call* call = nullptr;
  napi_ref block = nullptr;
  // With a thread that leads.
  bool leads = false;
  Stream stream;
  napi_threadsafe_function finished = nullptr;
  size_t waiting = 0;
  bool open = false;
};

void carryOutNow(Machine* machine, Command::Kind kind, char* address, size_t bytes) {
  if (kind == Command::DISCARD && machine->arena.discard(address, bytes)) return;
  memset(address, 0, bytes);
}

void carryOut(void* data, Command* command) {
  Machine* const machine = (Machine*)data;
  switch (command->kind) {
    case Command::RUN: machine->pool.run(*(const Call*)command->data); break;
    case Command::WRITE: memcpy(command->address, command->data, command->bytes); break;
    case Command::ZERO:
    case Command::DISCARD: carryOutNow(machine, command->kind, (char*)command->address, command->bytes); break;
    case Command::READ: memcpy(command->data, command->address, command->bytes); [[fallthrough]];
    case Command::SYNC:
      if (napi_call_threadsafe_function(machine->finished, command, napi_tsfn_nonblocking) == napi_ok) return;
  }
  free(command);
}

// On the thread of JavaScript: onDone(id, arrayBuffer?).
void tellDone(napi_env env, napi_value onDone, void* context, void* data) {
  Machine* const machine = (Machine*)context;
  Command* const command = (Command*)data;
  if (env) {
    if (--machine->waiting == 0 && machine->open) napi_unref_threadsafe_function(env, machine->finished);
    napi_value args[2] = {number(env, command->id), nullptr}, undefined = nullptr;
    napi_get_undefined(env, &undefined);
    args[1] = undefined;
    void* to = nullptr;
    if (command->kind == Command::READ && napi_create_arraybuffer(env, command->bytes, &to, &args[1]) == napi_ok) {
      memcpy(to, command->data, command->bytes);
    }
    napi_call_function(env, undefined, onDone, 2, args, nullptr);
  }
  free(command);
}

bool startLeader(napi_env env, Machine* machine, napi_value onDone) {
  napi_value name = nullptr;
  napi_create_string_utf8(env, "ttrec", NAPI_AUTO_LENGTH, &name);
  if (napi_create_threadsafe_function(env, onDone, nullptr, name, 0, 1, nullptr, nullptr, machine, tellDone,
                                      &machine->finished) != napi_ok) {
    return false;
  }
  napi_unref_threadsafe_function(env, machine->finished);
  machine->leads = machine->stream.start(carryOut, machine);
  return machine->leads;
}

void close(Machine* machine) {
  if (!machine->open) return;
  machine->open = false;
  if (machine->leads) machine->stream.stop();
  machine->pool.stop();
  if (machine->finished) napi_release_threadsafe_function(machine->finished, napi_tsfn_abort);
  machine->finished = nullptr;
#if defined(__SANITIZE_ADDRESS__)
  __asan_unpoison_memory_region(machine->arena.start, machine->arena.committed);
#endif
  machine->arena.release();
}

// Before the environment of a worker, or the process, ends: no thread may outlive it.
void onEnvironmentEnd(void* machine) { close((Machine*)machine); }

// The object of JavaScript is gone: nothing can call its functions.
void finalize(napi_env env, void* data, void*) {
  Machine* const machine = (Machine*)data;
  if (machine->open) {
    napi_remove_env_cleanup_hook(env, onEnvironmentEnd, machine);
    close(machine);
  }
  if (machine->block) napi_delete_reference(env, machine->block);
  machine->~Machine();
  free(machine);
}

}  // namespace
