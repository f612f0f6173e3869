/** What the host calls. All arguments are addresses, byte strides and extents, checked by the host. */
export { bagBackward, bagForward } from './bag';
export { allFinite } from './finite';
export { dotInteraction, dotInteractionBackward, dotInteractionWorkspace } from './dot-interaction';
export { adagrad, bceWithLogits, biasActivationBackward, fill, multiply, rowwiseAdagrad, sgd } from './elementwise';
export { matmul, matmulWorkspace } from './matmul';
export { copyRows } from './pack';
export {
  addBlocks, byNodeSums, byNodeWorkspace, bySliceWorkspace, ttBackwardByNode, ttBackwardBySlice, ttFirstGradients,
  ttSliceGradients,
} from './tt-backward';
export { adam, add, ftrl, regularize, sumOfSquares } from './update';
export { ttFirstLevel, ttForwardByNode, ttForwardBySlice } from './tt-forward';

/** Where the module's own constants end and the host's memory begins. */
export function heapBase(): usize {
  return __heap_base;
}
