export { balancedRowShape, colShape, rowShape } from './factor-shapes.ts';
export {
  closestRanks,
  largestRanks,
  maximalRanks,
  ranksForBudget,
  type Budget,
  type ClippedRank,
} from './rank-limits.ts';
export { rowDigits } from './row-digits.ts';
export {
  coreLengths,
  parameterCount,
  ttShape,
  type Factors,
  type TTShape,
  type TTShapeOptions,
} from './tt-shape.ts';
