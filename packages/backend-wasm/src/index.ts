export {
  createWasmBackend,
  createWasmBackendFactory,
  wasmBackendFactory,
  type WasmBackendOptions,
} from './create-wasm-backend.ts';
export type { Build as WasmBuild } from './module/kernel-module.ts';
export { createWasmMatmul } from './create-wasm-matmul.ts';
export type { HostMatmul, HostMatmulArgs } from '@ttrec/backend-linear';
