export { add, hadamard, scale, subtract } from './algebra/arithmetic.ts';
export { innerProduct } from './algebra/inner-product.ts';
export { distance, frobeniusNorm, logFrobeniusNorm } from './algebra/norm.ts';
export { fromLowRank, toLowRank, type LowRank } from './decompose/low-rank.ts';
export { orthogonaliseLeft, orthogonaliseRight } from './decompose/orthogonalise.ts';
export { round } from './decompose/round.ts';
export type { RowReader } from './decompose/row-blocks.ts';
export type { Truncation, TruncationReport } from './decompose/truncation.ts';
export { ttCross, ttCrossTensor, type CrossOptions, type CrossReport } from './decompose/tt-cross.ts';
export {
  ttSvd,
  ttSvdTensor,
  type Decomposition,
  type FactorisationOptions,
  type FactorOptions,
  type TTSvdOptions,
} from './decompose/tt-svd.ts';
export { ttSvdStreamed, type StreamedOptions } from './decompose/tt-svd-streamed.ts';
export {
  ttSvdWeighted,
  type WeightedDecomposition,
  type WeightedOptions,
} from './decompose/tt-svd-weighted.ts';
export { initialiseCores, type InitialiseOptions } from './initialise/initialise-cores.ts';
export { fromFloat32Matmul, type Float32Matmul } from './linear-algebra/float32-matmul.ts';
export type { FloatArray } from './float-array.ts';
export type { Matmul, MatmulArgs, MatmulOption } from './linear-algebra/matmul.ts';
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
