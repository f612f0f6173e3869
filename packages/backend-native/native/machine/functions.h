// What JavaScript calls on a machine.
#pragma once
#include "machine.h"

namespace {

struct MachineArguments : Arguments {
  Machine* machine;

  MachineArguments(napi_env env, napi_callback_info info) : Arguments(env, info), machine((Machine*)data) {}
};

// The call that stands in the block.
napi_value run(napi_env env, napi_callback_info info) {
  Machine* const machine = MachineArguments(env, info).machine;
  if (!machine->open) return nullptr;
  if (!machine->leads) {
    machine->pool.run(*machine->call);
    return nullptr;
  }
  const size_t bytes = machine->call->bytes();
  Command* const command = Command::make(Command::RUN, nullptr, bytes, bytes);
  if (!command) return noMemory(env);
  memcpy(command->data, machine->call, bytes);
  machine->stream.push(command);
  return nullptr;
}

// ask(question): its arguments stand in the block, beginning at `base`. Looks at memory as it is now.
napi_value ask(napi_env env, napi_callback_info info) {
  const MachineArguments args(env, info);
  if (!args.machine->open) return nullptr;
  return number(env, args.machine->table->questions[(int)args.number(0)](args.machine->call->base));
}

// commit(end): makes memory up to an address usable.
napi_value commit(napi_env env, napi_callback_info info) {
  const MachineArguments args(env, info);
  Machine* const machine = args.machine;
  if (!machine->open) return nullptr;
  const size_t before = machine->arena.committed;
  const bool done = machine->arena.commit((size_t)(args.address(0) - machine->arena.start));
#if defined(__SANITIZE_ADDRESS__)
  __asan_poison_memory_region(machine->arena.start + before, machine->arena.committed - before);
#else
  (void)before;
#endif
  return boolean(env, done);
}

napi_value enqueue(const MachineArguments& args, Command::Kind kind) {
  Machine* const machine = args.machine;
  if (!machine->open) return nullptr;
  if (!machine->leads) {
    carryOutNow(machine, kind, args.address(0), args.size(1));
    return nullptr;
  }
  Command* const command = Command::make(kind, args.address(0), args.size(1), 0);
  if (!command) return noMemory(args.env);
  machine->stream.push(command);
  return nullptr;
}

// zero(address, bytes)
napi_value zero(napi_env env, napi_callback_info info) { return enqueue(MachineArguments(env, info), Command::ZERO); }

// discard(address, bytes): whole pages, given back to the system and zero afterwards.
napi_value discard(napi_env env, napi_callback_info info) { return enqueue(MachineArguments(env, info), Command::DISCARD); }

#if defined(__SANITIZE_ADDRESS__)
// mark(address, bytes, usable)
napi_value mark(napi_env env, napi_callback_info info) {
  const MachineArguments args(env, info);
  bool usable = false;
  napi_get_value_bool(env, args.values[2], &usable);
  if (!args.machine->open) return nullptr;
  if (usable) __asan_unpoison_memory_region(args.address(0), args.size(1));
  // A thread that leads may not have come to the kernels that were enqueued before a buffer was freed.
  else if (!args.machine->leads) __asan_poison_memory_region(args.address(0), args.size(1));
  return nullptr;
}
#endif

// write(address, typedArray)
napi_value write(napi_env env, napi_callback_info info) {
  const MachineArguments args(env, info);
  Machine* const machine = args.machine;
  if (!machine->open) return nullptr;
  size_t bytes = 0;
  const void* const data = args.array(1, &bytes);
  if (!machine->leads) {
    if (bytes > 0) memcpy(args.address(0), data, bytes);
    return nullptr;
  }
  Command* const command = Command::make(Command::WRITE, args.address(0), bytes, bytes);
  if (!command) return noMemory(env);
  if (bytes > 0) memcpy(command->data, data, bytes);
  machine->stream.push(command);
  return nullptr;
}

// read(address, typedArray): as memory is now.
napi_value read(napi_env env, napi_callback_info info) {
  const MachineArguments args(env, info);
  if (!args.machine->open) return nullptr;
  size_t bytes = 0;
  void* const data = args.array(1, &bytes);
  if (bytes > 0) memcpy(data, args.address(0), bytes);
  return nullptr;
}

// later(id, address, bytes): when everything before is done, `bytes` bytes are copied, and `onDone` is called with `id`.
napi_value later(napi_env env, napi_callback_info info) {
  const MachineArguments args(env, info);
  Machine* const machine = args.machine;
  if (!machine->open) return nullptr;
  const size_t bytes = args.size(2);
  Command* const command = Command::make(bytes > 0 ? Command::READ : Command::SYNC, args.address(1), bytes, bytes);
  if (!command) return noMemory(env);
  command->id = args.number(0);
  // The process lives while something is waited for.
  if (machine->waiting++ == 0) napi_ref_threadsafe_function(env, machine->finished);
  machine->stream.push(command);
  return nullptr;
}

napi_value dispose(napi_env env, napi_callback_info info) {
  Machine* const machine = MachineArguments(env, info).machine;
  if (!machine->open) return nullptr;
  napi_remove_env_cleanup_hook(env, onEnvironmentEnd, machine);
  close(machine);
  return nullptr;
}

}  // namespace
