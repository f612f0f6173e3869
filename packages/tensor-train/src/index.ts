export { round } from './decompose/round.ts';
export type { Truncation, TruncationReport } from './decompose/truncation.ts';
export {
  ttSvd,
  type Decomposition,
  type FactorisationOptions,
  type FactorOptions,
  type TTSvdOptions,
} from './decompose/tt-svd/tt-svd.ts';
export type { FloatArray } from './float-array.ts';
export { initialiseCores, type InitialiseOptions } from './initialise/initialise-cores.ts';
export type { Matmul, MatmulOption } from './linear-algebra/matmul.ts';
export type { ClippedRank } from './shapes/rank-limits.ts';
export {
  parameterCount,
  ttShape,
  type Factors,
  type TTShape,
  type TTShapeOptions,
} from './shapes/tt-shape.ts';
export type { InFloat64, TT } from './tt/flat-tt.ts';
export { entry, row, toDense } from './tt/reconstruct.ts';
export { toFloat32 } from './tt/to-float32.ts';
export { ttMatrix, ttMatrixOf, type TTMatrix } from './tt/tt-matrix.ts';
export { ttTensor, type TTTensor } from './tt/tt-tensor.ts';
