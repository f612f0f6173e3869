/** What the host calls to score: the kernels without those of training, for a small module. */
export { bagForward } from './bag';
export { allFinite } from './finite';
export { dotInteraction, dotInteractionWorkspace } from './dot-interaction';
export { fill, multiply } from './elementwise';
export { matmul, matmulWorkspace } from './matmul';
export { copyRows } from './pack';
export { add } from './update';
export { bySliceWorkspace } from './tt-backward';
export { ttFirstLevel, ttForwardByNode, ttForwardBySlice } from './tt-forward';

/** Where the module's own constants end and the host's memory begins. */
export function heapBase(): usize {
  return __heap_base;
}
