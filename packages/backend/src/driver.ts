/** For authors of engines. */
export { defineBackend, type Driver, type MemoryOf } from './driver/define-backend.ts';
export { boundKernels, makeKernels, type KernelsOver } from './driver/make-kernels.ts';
