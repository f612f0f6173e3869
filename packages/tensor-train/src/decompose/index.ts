export type { RowReader } from './tt-svd/row-blocks.ts';
export { ttCross, ttCrossTensor, type CrossOptions, type CrossReport } from './cross/tt-cross.ts';
export { ttSvdStreamed, type StreamedOptions } from './tt-svd/tt-svd-streamed.ts';
export { ttSvdTensor } from './tt-svd/tt-svd.ts';
export { ttSvdWeighted, type WeightedDecomposition, type WeightedOptions } from './tt-svd/tt-svd-weighted.ts';
export { fromFloat32Matmul, type Float32Matmul } from '../linear-algebra/float32-matmul.ts';
export type { MatmulArgs, SwapAxes } from '../linear-algebra/matmul.ts';
