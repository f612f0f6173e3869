import { bytesSource } from '@ttrec/tensor-files/byte-source';
import {
  encodeSafetensors,
  openSafetensorsFrom,
  type Tensor,
  type TensorFile,
  type TensorSource,
} from '@ttrec/tensor-files/safetensors';
import { openTorchFrom, streamTorch } from '@ttrec/tensor-files/torch';

export type Format = 'safetensors' | 'torch';
export const formats: readonly Format[] = ['safetensors', 'torch'];

export function floats(name: string, shape: readonly number[], values: ArrayLike<number>): Tensor<'F32'> {
  return { name, dtype: 'F32', shape, data: Float32Array.from(values) };
}

/** An open file of these tensors, in memory. */
export async function fileOf(
  tensors: readonly Tensor[],
  format: Format = 'safetensors',
): Promise<TensorFile> {
  const chunks: Uint8Array[] = [];
  if (format === 'safetensors') chunks.push(...encodeSafetensors(tensors));
  else for await (const chunk of streamTorch(tensors as TensorSource[])) chunks.push(chunk);
  const source = bytesSource(Buffer.concat(chunks), `w.${format}`);
  return format === 'safetensors' ? openSafetensorsFrom(source) : openTorchFrom(source);
}
