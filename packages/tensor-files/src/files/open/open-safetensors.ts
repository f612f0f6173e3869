import { openSafetensorsFrom } from '../../safetensors/open.ts';
import type { TensorFile } from '../../tensor/tensor-file.ts';
import type { TensorInfo } from '../../tensor/tensor.ts';
import { openFileSource } from '../file-source.ts';

/**
 * Opens a safetensors file, to read single tensors. The caller must close it.
 * @throws `tensor-files/missing-file`, `…/cannot-read`, and the codes of `readSafetensorsHeader`
 */
export async function openSafetensors(path: string): Promise<TensorFile<TensorInfo>> {
  return openSafetensorsFrom(await openFileSource(path));
}
