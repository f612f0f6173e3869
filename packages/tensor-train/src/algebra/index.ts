export { add, hadamard, scale, subtract } from './arithmetic.ts';
export { innerProduct } from './inner-product.ts';
export { distance, frobeniusNorm, logFrobeniusNorm } from './norm.ts';
export { fromLowRank, toLowRank, type LowRank } from '../decompose/low-rank.ts';
export { orthogonaliseLeft, orthogonaliseRight } from '../decompose/orthogonalise.ts';
