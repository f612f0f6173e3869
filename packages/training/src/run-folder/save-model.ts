import type { Dlrm } from '@ttrec/dlrm';
import { openTensors, writeFileAtomic, writeSharded, type TensorFile } from '@ttrec/tensor-files';
import {
  decodeModel,
  decodeStoredModel,
  encodeModel,
  modelFileParts,
  type DecodeModelOptions,
  type EncodeModelOptions,
} from '../model/model-file.ts';
import type { StoredModel } from '../model/stored-model.ts';

/** Writes a model to one safetensors file, with its config in the metadata. The file replaces an older one as a whole. */
export async function saveModel(model: Dlrm, path: string, options: EncodeModelOptions = {}): Promise<void> {
  await writeFileAtomic(path, encodeModel(model, options, path));
}

export interface SaveShardedOptions extends EncodeModelOptions {
  /** Most bytes of numbers in a file; 64 MB by default. */
  readonly maxBytes?: number | undefined;
  /** The files are `NAME-00001-of-00002.safetensors` and so on, the index `NAME.safetensors.index.json`; `model` by default. */
  readonly name?: string | undefined;
}

/**
 * Writes a model to several files and their index, for servers that limit the size of a file. Readers see the former model or the new one.
 *
 * @returns the path of the index, which `loadModel` and `openModel` take
 */
export async function saveShardedModel(
  model: Dlrm,
  folder: string,
  { maxBytes, name, ...options }: SaveShardedOptions = {},
): Promise<string> {
  const { tensors, metadata } = await modelFileParts(model, options);
  return writeSharded(folder, tensors, { maxBytes, name, metadata });
}

/**
 * The model of a file that `saveModel` wrote, or of the index of several.
 *
 * @throws `training/not-a-model`, and what `openTensors`, `Dlrm` and `Dlrm.loadState` throw
 */
export async function loadModel(path: string, options: DecodeModelOptions): Promise<Dlrm> {
  return withFile(path, (file) => decodeModel(file, options));
}

/**
 * The model of a file or an index that was saved with `data`, and what reads its rows.
 *
 * @throws `training/no-columns`, and what `loadModel` throws
 */
export async function openModel(path: string, options: DecodeModelOptions): Promise<StoredModel> {
  return withFile(path, (file) => decodeStoredModel(file, options));
}

async function withFile<Result>(path: string, use: (file: TensorFile) => Promise<Result>): Promise<Result> {
  const file = await openTensors(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
