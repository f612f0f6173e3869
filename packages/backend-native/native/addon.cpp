// What the addon exports.
#include "engines.h"
#include "machine/functions.h"
#include "positions.h"
#include "product.h"

namespace {

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
  define(env, exports, "swapAxes", swapAxes, nullptr);
  define(env, exports, "group", group, nullptr);
  define(env, exports, "split", split, nullptr);
  define(env, exports, "groupDigits", groupDigits, nullptr);
  return exports;
}
