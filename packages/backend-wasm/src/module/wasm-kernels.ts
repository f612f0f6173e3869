import type { LinearKernel } from '@ttrec/backend-linear';

/** The kernels of assembly/index.ts. Addresses and strides are in bytes, extents in elements; flags are 0 or 1. */
export type WasmKernels = { readonly [Name in LinearKernel]: (...args: readonly number[]) => void };
