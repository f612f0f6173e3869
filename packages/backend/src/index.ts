export { availableMemory } from './available-memory.ts';
export type { Backend, Capabilities, MemoryReport } from './backend.ts';
export { columnBlock, wholeBlock } from './buffer.ts';
export type { Block, BufferSpec, DeviceBuffer, DType, Range, TableShape } from './buffer.ts';
export { interactionWidth, sliceLength, valueLength } from './layout.ts';
export { defineBackend, type Driver, type MemoryOf } from './driver/define-backend.ts';
export { kernelNames } from './kernels.ts';
export type {
  Activation,
  BagBackwardArgs,
  BagForwardArgs,
  BagIndex,
  BagIndexByRow,
  BceWithLogitsArgs,
  BiasActivationBackwardArgs,
  CopyArgs,
  DotInteractionArgs,
  DotInteractionBackwardArgs,
  FillArgs,
  KernelArgs,
  KernelName,
  Kernels,
  MatmulArgs,
  MultiplyArgs,
  OptimizerRule,
  Pooling,
  TrieLevel,
  TTBackwardArgs,
  TTForwardArgs,
  TTLayout,
  UpdateArgs,
} from './kernels.ts';
export { makeAll } from './driver/make-all.ts';
export { boundKernels, makeKernels, type KernelsOver } from './driver/make-kernels.ts';
export { multiplyAdds } from './driver/multiply-adds.ts';
export { placementOf, type HostRows, type Placement } from './placement.ts';
export { createRegistry } from './registry.ts';
export type { Availability, BackendFactory, BackendRegistry, PassedOver, Selection } from './registry.ts';
