// What JavaScript calls: a machine is a range of memory, the kernels of one instruction set, and the threads that run them.
// All state belongs to a machine, so that worker threads may load the addon too.
#include "node-api.h"
#include "arena.h"
#include "cpuid.h"
#include "kernels/table.h"
#include "stream.h"

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

// A failure to make a value of JavaScript leaves an exception pending, or an environment that ends: undefined is returned.
napi_value number(napi_env env, double value) {
  napi_value result = nullptr;
  napi_create_double(env, value, &result);
  return result;
}

napi_value boolean(napi_env env, bool value) {
  napi_value result = nullptr;
  napi_get_boolean(env, value, &result);
  return result;
}

struct Arguments {
  napi_value values[9] = {};
  Machine* machine = nullptr;
  napi_env env;

  Arguments(napi_env env, napi_callback_info info) : env(env) {
    size_t count = 9;
    void* data = nullptr;
    napi_get_cb_info(env, info, &count, values, nullptr, &data);
    machine = (Machine*)data;
  }
  double number(int i) const {
    double value = 0;
    napi_get_value_double(env, values[i], &value);
    return value;
  }
  char* address(int i) const { return (char*)(uintptr_t)(int64_t)number(i); }
  size_t size(int i) const { return (size_t)(int64_t)number(i); }
  // The bytes of a typed array.
  void* array(int i, size_t* bytes) const {
    void* data = nullptr;
    size_t length = 0;
    napi_typedarray_type type;
    napi_get_typedarray_info(env, values[i], &type, &length, &data, nullptr, nullptr);
    *bytes = 4 * length;
    return data;
  }
};

napi_value noMemory(napi_env env) {
  napi_throw_error(env, "ERR_MEMORY_ALLOCATION_FAILED", "no memory is left to enqueue work");
  return nullptr;
}

// The call that stands in the block.
napi_value run(napi_env env, napi_callback_info info) {
  Machine* const machine = Arguments(env, info).machine;
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
  const Arguments args(env, info);
  if (!args.machine->open) return nullptr;
  return number(env, args.machine->table->questions[(int)args.number(0)](args.machine->call->base));
}

// commit(end): makes memory up to an address usable.
napi_value commit(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
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

void carryOutNow(Machine* machine, Command::Kind kind, char* address, size_t bytes) {
  if (kind == Command::DISCARD && machine->arena.discard(address, bytes)) return;
  memset(address, 0, bytes);
}

napi_value enqueue(const Arguments& args, Command::Kind kind) {
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
napi_value zero(napi_env env, napi_callback_info info) { return enqueue(Arguments(env, info), Command::ZERO); }

// discard(address, bytes): whole pages, given back to the system and zero afterwards.
napi_value discard(napi_env env, napi_callback_info info) { return enqueue(Arguments(env, info), Command::DISCARD); }

#if defined(__SANITIZE_ADDRESS__)
// mark(address, bytes, usable)
napi_value mark(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  bool usable = false;
  napi_get_value_bool(env, args.values[2], &usable);
  if (!args.machine->open) return nullptr;
  if (usable) __asan_unpoison_memory_region(args.address(0), args.size(1));
  else __asan_poison_memory_region(args.address(0), args.size(1));
  return nullptr;
}
#endif

// write(address, typedArray)
napi_value write(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
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
  const Arguments args(env, info);
  if (!args.machine->open) return nullptr;
  size_t bytes = 0;
  void* const data = args.array(1, &bytes);
  if (bytes > 0) memcpy(data, args.address(0), bytes);
  return nullptr;
}

// later(id, address, bytes): when everything before is done, `bytes` bytes are copied, and `onDone` is called with `id`.
napi_value later(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
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

napi_value dispose(napi_env env, napi_callback_info info) {
  Machine* const machine = Arguments(env, info).machine;
  if (!machine->open) return nullptr;
  napi_remove_env_cleanup_hook(env, onEnvironmentEnd, machine);
  close(machine);
  return nullptr;
}

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

size_t least(size_t a, size_t b) { return a < b ? a : b; }

const KernelTable* tableOf(double engine) {
  const Cpu cpu;
  if (engine == 0) return cpu.avx512 ? avx512Kernels : nullptr;
  if (engine == 1) return cpu.avx2 ? avx2Kernels : nullptr;
  return cpu.neon ? neonKernels : nullptr;
}

// engines(): what can be opened here, best first: [number, name] alternating.
napi_value engines(napi_env env, napi_callback_info) {
  napi_value list = nullptr;
  napi_create_array(env, &list);
  uint32_t length = 0;
  for (int engine = 0; engine < 3; engine++) {
    const KernelTable* const table = tableOf(engine);
    if (!table) continue;
    napi_value name = nullptr;
    napi_create_string_utf8(env, table->engine, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, list, length++, number(env, engine));
    napi_set_element(env, list, length++, name);
  }
  return list;
}

// Longest sum in one go; longer ones are added up block by block.
constexpr size_t MOST_TERMS = 8192;
// Positions in the tables of kernels and questions.
constexpr int MATMUL = 0, ADD_BLOCKS = 11, MATMUL_WORKSPACE = 0;

double addressOf(const void* at) { return (double)(uintptr_t)at; }

// product(engine, a, b, out, m, n, k, transposeA, transposeB): of typed arrays where they are.
napi_value product(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  const KernelTable* const table = tableOf(args.number(0));
  size_t bytes = 0;
  const float* const a = (const float*)args.array(1, &bytes);
  const float* const b = (const float*)args.array(2, &bytes);
  float* const out = (float*)args.array(3, &bytes);
  const size_t m = args.size(4), n = args.size(5), k = args.size(6);
  bool transposeA = false, transposeB = false;
  napi_get_value_bool(env, args.values[7], &transposeA);
  napi_get_value_bool(env, args.values[8], &transposeB);
  if (!table || m == 0 || n == 0) return nullptr;
  if (k == 0) {
    memset(out, 0, 4 * m * n);
    return nullptr;
  }
  const double extents[3] = {(double)m, (double)least(k, MOST_TERMS), (double)n};
  const size_t room = (size_t)table->questions[MATMUL_WORKSPACE](extents);
  char* const work = (char*)malloc(room + (k > MOST_TERMS ? 4 * m * n : 0));
  if (!work) return noMemory(env);
  for (size_t l = 0; l < k; l += MOST_TERMS) {
    const size_t terms = least(k - l, MOST_TERMS);
    float* const to = l == 0 ? out : (float*)(work + room);
    const double call[14] = {
        addressOf(transposeA ? a + l * m : a + l), 4.0 * (double)(transposeA ? m : k), (double)transposeA,
        addressOf(transposeB ? b + l : b + l * n), 4.0 * (double)(transposeB ? k : n), (double)transposeB,
        addressOf(to), 4.0 * (double)n, (double)m, (double)terms, (double)n, 0, 0, addressOf(work)};
    table->kernels[MATMUL](call);
    const double sum[5] = {addressOf(out), addressOf(to), 0, 1, (double)(m * n)};
    if (l > 0) table->kernels[ADD_BLOCKS](sum);
  }
  free(work);
  return nullptr;
}

void define(napi_env env, napi_value object, const char* name, napi_callback function, void* data) {
  napi_value value = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, data, &value);
  napi_set_named_property(env, object, name, value);
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

// open(engine, bytes, threads, leads, onDone): an object with the functions above, the address where memory begins and the
// block of arguments; undefined where the range of addresses cannot be had.
napi_value open(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  void* const room = malloc(sizeof(Machine));
  if (!room) return noMemory(env);
  Machine* const machine = (Machine*)room;
  *machine = Machine();
  machine->env = env;
  machine->table = tableOf(args.number(0));
  napi_value block = nullptr, object = nullptr;
  bool leads = false;
  napi_get_value_bool(env, args.values[3], &leads);
  if (!machine->table || !machine->arena.reserve(args.size(1)) ||
      napi_create_arraybuffer(env, sizeof(Call), (void**)&machine->call, &block) != napi_ok ||
      napi_create_reference(env, block, 1, &machine->block) != napi_ok) {
    machine->arena.release();
    free(machine);
    return nullptr;
  }
  machine->open = true;
  machine->threads = 1 + machine->pool.start(machine->table, args.size(2) - 1);
  napi_create_object(env, &object);
  if (napi_wrap(env, object, machine, finalize, nullptr, nullptr) != napi_ok) return nullptr;
  if (leads && !startLeader(env, machine, args.values[4])) {
    close(machine);
    return nullptr;
  }
  napi_add_env_cleanup_hook(env, onEnvironmentEnd, machine);
  define(env, object, "run", run, machine);
  define(env, object, "ask", ask, machine);
  define(env, object, "commit", commit, machine);
  define(env, object, "zero", zero, machine);
  define(env, object, "discard", discard, machine);
  define(env, object, "write", write, machine);
  define(env, object, "read", read, machine);
  define(env, object, "later", later, machine);
  define(env, object, "dispose", dispose, machine);
#if defined(__SANITIZE_ADDRESS__)
  define(env, object, "mark", mark, machine);
#endif
  napi_set_named_property(env, object, "block", block);
  napi_set_named_property(env, object, "start", number(env, (double)(uintptr_t)machine->arena.start));
  napi_set_named_property(env, object, "threads", number(env, (double)machine->threads));
  return object;
}

}  // namespace

NAPI_MODULE_INIT() {
  if (!loadNodeApi()) return nullptr;
  define(env, exports, "engines", engines, nullptr);
  define(env, exports, "open", open, nullptr);
  define(env, exports, "product", product, nullptr);
  return exports;
}
