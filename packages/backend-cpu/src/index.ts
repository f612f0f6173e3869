export type { BufferArray } from './arrays.ts';
export { cpuBackendFactory, createCpuBackend, type CpuBackendOptions } from './create-cpu-backend.ts';
export { referenceKernels } from './reference-kernels.ts';
