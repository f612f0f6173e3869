/** For callers and authors of kernels: definitions, sizes and costs. */
export { kernelNames } from './kernels/kernel-definitions.ts';
export type {
  AddArgs,
  BagBackwardArgs,
  BagForwardArgs,
  BagIndex,
  BagIndexByRow,
  BceWithLogitsArgs,
  BiasActivationBackwardArgs,
  CopyArgs,
  CoreUpdate,
  DotInteractionArgs,
  DotInteractionBackwardArgs,
  FillArgs,
  KernelArgs,
  KernelName,
  Kernels,
  MatmulArgs,
  MultiplyArgs,
  RegularizeArgs,
  SumOfSquaresArgs,
  TrieLevel,
  TTBackwardArgs,
  TTForwardArgs,
  TTLayout,
  UpdateArgs,
} from './kernels/kernel-definitions.ts';
export { coreUpdate, updateCores } from './kernels/core-update.ts';
export { interactionWidth, sliceLength, stateCols, valueLength } from './kernels/layout.ts';
export { multiplyAdds } from './kernels/multiply-adds.ts';
