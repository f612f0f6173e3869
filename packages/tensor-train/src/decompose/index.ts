export type { RowReader } from './row-blocks.ts';
export { ttCross, ttCrossTensor, type CrossOptions, type CrossReport } from './tt-cross.ts';
export { ttSvdStreamed, type StreamedOptions } from './tt-svd-streamed.ts';
export { ttSvdTensor } from './tt-svd.ts';
export { ttSvdWeighted, type WeightedDecomposition, type WeightedOptions } from './tt-svd-weighted.ts';
export { fromFloat32Matmul, type Float32Matmul } from '../linear-algebra/float32-matmul.ts';
export type { MatmulArgs } from '../linear-algebra/matmul.ts';
