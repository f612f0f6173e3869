export { createGpuBackend, type GpuBackendOptions } from './create-gpu-backend.ts';
export type { WebGpu } from './device/context.ts';
export { createGpuBackendFactory, gpuBackendFactory, type GpuFactoryOptions } from './factory.ts';
export type { Mode as GpuMode } from './device/gpu-js.ts';
export { GPU_HOST_ROWS } from './limits.ts';
