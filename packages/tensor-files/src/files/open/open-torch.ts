import type { TensorFile } from '../../tensor/tensor-file.ts';
import { openTorchFrom } from '../../torch/open-torch.ts';
import { openFileSource } from '../file-source.ts';

/**
 * Opens a file of `torch.save`, to read single tensors. No Python is run. The caller must close it.
 * @throws `tensor-files/missing-file`, `…/cannot-read`, and the codes of `openTorchFrom`
 */
export async function openTorch(path: string): Promise<TensorFile> {
  return openTorchFrom(await openFileSource(path));
}
