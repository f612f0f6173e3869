import type { Dlrm } from '@ttrec/dlrm';
import { openSafetensors, writeFileAtomic } from '@ttrec/tensor-files';
import {
  decodeModel,
  encodeModel,
  type DecodeModelOptions,
  type EncodeModelOptions,
} from '../model/model-file.ts';

/** Writes a model to one safetensors file, with its config in the metadata. The file replaces an older one as a whole. */
export async function saveModel(model: Dlrm, path: string, options: EncodeModelOptions = {}): Promise<void> {
  await writeFileAtomic(path, encodeModel(model, options, path));
}

/**
 * The model of a file that `saveModel` wrote.
 *
 * @throws `training/not-a-model`, and what `openSafetensors`, `Dlrm` and `Dlrm.loadState` throw
 */
export async function loadModel(path: string, options: DecodeModelOptions): Promise<Dlrm> {
  const file = await openSafetensors(path);
  try {
    return await decodeModel(file, options);
  } finally {
    await file.close();
  }
}
