export { balancedRowShape, colShape, rowShape } from './factor-shapes.ts';
export { initialiseCores, type InitialiseOptions } from './initialise-cores.ts';
export { matmul, type FloatArray, type Matmul, type MatmulArgs } from './matmul.ts';
export { frobeniusNorm } from './norm.ts';
export { row, toDense } from './reconstruct.ts';
export { rowDigits } from './row-digits.ts';
export { ttMatrix, ttMatrixOf, type TTMatrix } from './tt-matrix.ts';
export {
  coreLengths,
  maximalRanks,
  parameterCount,
  ttShape,
  type TTShape,
  type TTShapeOptions,
} from './tt-shape.ts';
