/** The kernels over addresses; a call names one by its position here. */
export const linearKernels = [
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

export type LinearKernel = (typeof linearKernels)[number];

/** Bytes of working memory that kernels need. */
export interface WorkspaceSizes {
  /** The panels of a B that stays as it is; 0 where products take none, as always where this is absent. */
  keptPanels?(m: number, k: number, n: number): number;
  matmulWorkspace(m: number, k: number, n: number): number;
  bySliceWorkspace(rank: number, cols: number): number;
  byNodeWorkspace(digits: number, slices: number, rank: number, cols: number): number;
  /** The gradients of the slices that one chunk sums. */
  byNodeSums(slices: number, rank: number, cols: number): number;
  dotInteractionWorkspace(features: number, dim: number): number;
}
