/** For authors of engines. */
export type { Driver, MemoryOf } from './driver/backend-of.ts';
export type { HostRoutines } from './host-routines.ts';
export { defineBackend } from './driver/define-backend.ts';
export { defineUncheckedBackend } from './driver/define-unchecked-backend.ts';
export { boundKernels, makeKernels, type KernelsOver } from './driver/make-kernels.ts';
