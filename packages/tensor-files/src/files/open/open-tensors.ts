import { isTtrecError } from '@ttrec/core';
import { error } from '../../error.ts';
import { openSafetensorsFrom } from '../../safetensors/open.ts';
import type { TensorFile } from '../../tensor/tensor-file.ts';
import { openTorchFrom } from '../../torch/open-torch.ts';
import { LOCAL } from '../../zip/zip-format.ts';
import { checkPath } from '../file-error.ts';
import { openFileSource } from '../file-source.ts';
import { openSharded } from '../sharded-files.ts';

/**
 * Opens a file of tensors of any supported format: an index of a sharded model (`….index.json`), a file of `torch.save`, or safetensors.
 * The caller must close it.
 * @throws `tensor-files/bad-path`, and the codes of `openSharded`, `openTorch` and `openSafetensors`
 */
export async function openTensors(path: string): Promise<TensorFile> {
  checkPath(path);
  if (path.endsWith('.index.json')) return openSharded(path);
  const source = await openFileSource(path);
  try {
    const first = await source.read(0, Math.min(4, source.size));
    const isZip = first.length === 4 && new DataView(first.buffer).getUint32(0, true) === LOCAL.signature;
    return await (isZip ? openTorchFrom(source) : openSafetensorsFrom(source));
  } catch (cause) {
    await source.close();
    if (!isTtrecError(cause, 'tensor-files/not-safetensors')) throw cause;
    const rule = 'must be a safetensors file, an index of several, or a file of PyTorch 1.6 or later';
    throw error('not-safetensors', { ...cause.parts, rule });
  }
}
