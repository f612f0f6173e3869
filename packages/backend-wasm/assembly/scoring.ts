/** What the host calls to score: the kernels without those of training, for a small module. */
export { bagForward } from './bag';
export { allFinite } from './numbers/finite';
export { dotInteraction, dotInteractionWorkspace } from './dot-interaction';
export { fill, multiply } from './elementwise';
export { matmul, matmulWorkspace } from './products/matmul';
export { copyRows } from './products/pack';
export { add } from './update';
export { bySliceWorkspace } from './tensor-train/tt-backward';
export { ttFirstLevel, ttForwardByNode, ttForwardBySlice } from './tensor-train/tt-forward';

/** Where the module's own constants end and the host's memory begins. */
export function heapBase(): usize {
  return __heap_base;
}
