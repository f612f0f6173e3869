// The functions of Node-API that are used. On Windows they are looked up in the program that loads the addon, whatever it
// is called.
#pragma once
#define NAPI_VERSION 8
#include <node_api.h>
#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#define TTREC_NODE_API(use)                                                                                     \
  use(napi_add_env_cleanup_hook) use(napi_remove_env_cleanup_hook) use(napi_call_function)                     \
  use(napi_call_threadsafe_function) use(napi_close_handle_scope) use(napi_create_array)                       \
  use(napi_create_arraybuffer) use(napi_create_double) use(napi_create_function) use(napi_create_object)       \
  use(napi_create_reference) use(napi_create_string_utf8) use(napi_create_threadsafe_function)                 \
  use(napi_delete_reference) use(napi_get_boolean) use(napi_get_cb_info) use(napi_get_reference_value)         \
  use(napi_get_typedarray_info) use(napi_get_undefined) use(napi_get_value_bool) use(napi_get_value_double)    \
  use(napi_open_handle_scope) use(napi_ref_threadsafe_function) use(napi_release_threadsafe_function)          \
  use(napi_set_element) use(napi_set_named_property) use(napi_throw_error) use(napi_unref_threadsafe_function) \
  use(napi_wrap)
#define TTREC_DECLARE(name) static decltype(&name) loaded_##name;
TTREC_NODE_API(TTREC_DECLARE)
#define TTREC_LOOK_UP(name) \
  if (!(loaded_##name = (decltype(&name))(void*)GetProcAddress(GetModuleHandleA(nullptr), #name))) return false;
static bool loadNodeApi() {
  TTREC_NODE_API(TTREC_LOOK_UP)
  return true;
}
#define napi_add_env_cleanup_hook loaded_napi_add_env_cleanup_hook
#define napi_remove_env_cleanup_hook loaded_napi_remove_env_cleanup_hook
#define napi_call_function loaded_napi_call_function
#define napi_call_threadsafe_function loaded_napi_call_threadsafe_function
#define napi_close_handle_scope loaded_napi_close_handle_scope
#define napi_create_array loaded_napi_create_array
#define napi_create_arraybuffer loaded_napi_create_arraybuffer
#define napi_create_double loaded_napi_create_double
#define napi_create_function loaded_napi_create_function
#define napi_create_object loaded_napi_create_object
#define napi_create_reference loaded_napi_create_reference
#define napi_create_string_utf8 loaded_napi_create_string_utf8
#define napi_create_threadsafe_function loaded_napi_create_threadsafe_function
#define napi_delete_reference loaded_napi_delete_reference
#define napi_get_boolean loaded_napi_get_boolean
#define napi_get_cb_info loaded_napi_get_cb_info
#define napi_get_reference_value loaded_napi_get_reference_value
#define napi_get_typedarray_info loaded_napi_get_typedarray_info
#define napi_get_undefined loaded_napi_get_undefined
#define napi_get_value_bool loaded_napi_get_value_bool
#define napi_get_value_double loaded_napi_get_value_double
#define napi_open_handle_scope loaded_napi_open_handle_scope
#define napi_ref_threadsafe_function loaded_napi_ref_threadsafe_function
#define napi_release_threadsafe_function loaded_napi_release_threadsafe_function
#define napi_set_element loaded_napi_set_element
#define napi_set_named_property loaded_napi_set_named_property
#define napi_throw_error loaded_napi_throw_error
#define napi_unref_threadsafe_function loaded_napi_unref_threadsafe_function
#define napi_wrap loaded_napi_wrap
#else
static bool loadNodeApi() { return true; }
#endif
