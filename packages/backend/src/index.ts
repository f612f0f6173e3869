export { availableMemory } from './available-memory.ts';
export type { Backend, Capabilities, MemoryReport } from './backend.ts';
export { columnBlock, wholeBlock } from './buffer.ts';
export type { Block, BufferSpec, DeviceBuffer, DType, Range, TableShape } from './buffer.ts';
export type { Activation, OptimizerRule, Pooling } from './kernels/kernel-definitions.ts';
export { makeAll } from './make-all.ts';
export { placementOf, type HostRows, type Placement } from './placement.ts';
export { createRegistry } from './registry.ts';
export type { Availability, BackendFactory, BackendRegistry, PassedOver, Selection } from './registry.ts';
