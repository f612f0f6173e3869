export { add, hadamard, scale, subtract } from './algebra/arithmetic.ts';
export { innerProduct } from './algebra/inner-product.ts';
export { distance, frobeniusNorm, logFrobeniusNorm } from './algebra/norm.ts';
export { multiply, multiplyDense, multiplyVector, transpose } from './algebra/products.ts';
export { concatenateRows, sliceDigits, sliceRows, type DigitRange } from './algebra/rows.ts';
export { windowRows } from './algebra/window-rows.ts';
export { dominantDirections } from './decompose/dominant-directions.ts';
export { orthogonaliseLeft, orthogonaliseRight } from './decompose/orthogonalise.ts';
export { round } from './decompose/round.ts';
export type { Truncation, TruncationReport } from './decompose/truncation.ts';
export {
  ttSvd,
  ttSvdTensor,
  type Decomposition,
  type FactorisationOptions,
  type FactorOptions,
  type TTSvdOptions,
} from './decompose/tt-svd.ts';
export { initialiseCores, type InitialiseOptions } from './initialise/initialise-cores.ts';
export { fromFloat32Matmul, type Float32Matmul } from './linear-algebra/float32-matmul.ts';
export { matmul, type FloatArray, type Matmul, type MatmulArgs } from './linear-algebra/matmul.ts';
export { balancedRowShape, colShape, rowShape } from './shapes/factor-shapes.ts';
export {
  largestRanks,
  maximalRanks,
  ranksForBudget,
  type Budget,
  type ClippedRank,
} from './shapes/rank-limits.ts';
export { rowDigits } from './shapes/row-digits.ts';
export {
  coreLengths,
  parameterCount,
  ttShape,
  type TTShape,
  type TTShapeOptions,
} from './shapes/tt-shape.ts';
export { row, toDense } from './tt/reconstruct.ts';
export { toFloat32, type InFloat64, type TT } from './tt/flat-tt.ts';
export { ttMatrix, ttMatrixOf, type TTMatrix } from './tt/tt-matrix.ts';
export { entry, ttTensor, type TTTensor } from './tt/tt-tensor.ts';
export type { RowReader } from './decompose/row-blocks.ts';
export { ttSvdStreamed, type StreamedOptions } from './decompose/tt-svd-streamed.ts';
export {
  ttSvdWeighted,
  type WeightedDecomposition,
  type WeightedOptions,
} from './decompose/tt-svd-weighted.ts';
export { fromLowRank, toLowRank, type LowRank } from './decompose/low-rank.ts';
export { reshapeFactors } from './decompose/reshape-factors.ts';
export { ttCross, ttCrossTensor, type CrossOptions, type CrossReport } from './decompose/tt-cross.ts';
