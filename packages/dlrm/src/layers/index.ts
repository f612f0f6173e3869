/** What models are made of: linear layers, their parameters, and the widths and bytes that follow from a config. */
export { dlrmShape, type DlrmShape } from '../dlrm-config.ts';
export type { Activations } from './activations.ts';
export type { DenseParameter } from './dense-parameter.ts';
export type { MlpInitialisation, MlpOptions, RowMasks } from './forward-mlp.ts';
export type { ModelParameter } from '../model-parameter.ts';
export { Mlp } from '../training/mlp.ts';
export { denseWeightBytes } from '../weight-bytes.ts';
export { wideTables } from '../wide-term.ts';
export { modelDemands } from '../config/require-model-room.ts';
