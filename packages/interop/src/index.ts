export { readDlrm, type DlrmState } from './dlrm/read-dlrm.ts';
export type { ReadDlrmOptions } from './dlrm/read-tables.ts';
export { torchState, type TorchStateOptions } from './dlrm/torch-state.ts';
export type { FbttShapes } from './fbtt/fbtt-shape.ts';
export type { CachedRows, CachedRowsChoice, FbttCache } from './fbtt/fbtt-cache.ts';
export { isFbtt, readFbtt, type FbttOptions, type FbttTable } from './fbtt/read-fbtt.ts';
export { exportOnnx, type OnnxOptions } from './onnx/export-onnx.ts';
