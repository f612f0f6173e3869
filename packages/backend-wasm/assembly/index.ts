/** What the host calls. All arguments are addresses, byte strides and extents, checked by the host. */
export { bagBackward, bagForward } from './bag';
export { allFinite } from './numbers/finite';
export { dotInteraction, dotInteractionBackward, dotInteractionWorkspace } from './dot-interaction';
export { adagrad, bceWithLogits, biasActivationBackward, fill, multiply, rowwiseAdagrad, sgd } from './elementwise';
export { matmul, matmulWorkspace } from './products/matmul';
export { copyRows } from './products/pack';
export {
  addBlocks, byNodeSums, byNodeWorkspace, bySliceWorkspace, ttBackwardByNode, ttBackwardBySlice, ttFirstGradients,
  ttSliceGradients,
} from './tensor-train/tt-backward';
export { adam, add, ftrl, regularize, sumOfSquares } from './update';
export { ttFirstLevel, ttForwardByNode, ttForwardBySlice } from './tensor-train/tt-forward';

/** Where the module's own constants end and the host's memory begins. */
export function heapBase(): usize {
  return __heap_base;
}
