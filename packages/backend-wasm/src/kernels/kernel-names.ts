/** The kernels of assembly/index.ts that compute; a call names one by its position here. */
export const wasmKernels = [
  'matmul',
  'biasActivationBackward',
  'bagForward',
  'bagBackward',
  'ttFirstLevel',
  'ttForwardByNode',
  'ttForwardBySlice',
  'ttBackwardByNode',
  'ttBackwardBySlice',
  'ttFirstGradients',
  'ttSliceGradients',
  'addBlocks',
  'dotInteraction',
  'dotInteractionBackward',
  'bceWithLogits',
  'sgd',
  'adagrad',
  'rowwiseAdagrad',
  'adam',
  'ftrl',
  'regularize',
  'sumOfSquares',
  'fill',
  'copyRows',
  'multiply',
  'add',
] as const;

export type WasmKernel = (typeof wasmKernels)[number];

/** Addresses and strides are in bytes, extents in elements; flags are 0 or 1. */
export type WasmKernels = { readonly [Name in WasmKernel]: (...args: readonly number[]) => void };
