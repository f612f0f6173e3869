export {
  createWasmBackend,
  createWasmBackendFactory,
  wasmBackendFactory,
  type WasmBackendOptions,
} from './create-wasm-backend.ts';
export type { Build as WasmBuild } from './module/kernel-module.ts';
export { createWasmMatmul, type HostMatmul, type HostMatmulArgs } from './create-wasm-matmul.ts';
