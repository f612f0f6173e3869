export { createWasmBackend, wasmBackendFactory, type WasmBackendOptions } from './create-wasm-backend.ts';
