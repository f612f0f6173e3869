/** Model files without what trains: for programs that only score. */
export {
  decodeModel,
  decodeScoringModel,
  decodeStoredModel,
  describeModel,
  encodeModel,
  encodingIn,
  modelState,
  type DecodeModelOptions,
  type EncodeModelOptions,
  type ModelDescription,
} from './model/model-file.ts';
export type { StoredModel } from './model/stored-model.ts';
