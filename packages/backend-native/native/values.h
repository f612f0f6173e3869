// Values of JavaScript: what functions are called with and what they return.
#pragma once
#include "node-api.h"

namespace {

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
  void* data = nullptr;
  napi_env env;

  Arguments(napi_env env, napi_callback_info info) : env(env) {
    size_t count = 9;
    napi_get_cb_info(env, info, &count, values, nullptr, &data);
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

void define(napi_env env, napi_value object, const char* name, napi_callback function, void* data) {
  napi_value value = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, data, &value);
  napi_set_named_property(env, object, name, value);
}

}  // namespace
