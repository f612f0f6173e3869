export { dominantDirections } from './dominant-directions.ts';
export { multiply, multiplyDense, multiplyVector, transpose } from './products.ts';
export { reshapeFactors } from './reshape-factors.ts';
export { concatenateRows, sliceDigits, sliceRows, type DigitRange } from './rows.ts';
export { windowRows } from './window-rows.ts';
