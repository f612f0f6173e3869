import { bytesSource } from '@ttrec/tensor-files/byte-source';
import {
  encodeSafetensors,
  openSafetensorsFrom,
  type Tensor,
  type TensorFile,
  type TensorSource,
} from '@ttrec/tensor-files/safetensors';
import { openTorchFrom, streamTorch } from '@ttrec/tensor-files/torch';
import { expect } from 'vitest';

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

/** The same file, in which that tensor is of a dtype that is not read. */
export function withUnreadable(file: TensorFile, name: string): TensorFile {
  const fault = new Error(`cannot read ${name}`);
  const tensors = new Map(file.tensors);
  expect(tensors.delete(name)).toBe(true);
  return {
    name: file.name,
    metadata: file.metadata,
    tensors,
    unreadable: new Map([[name, fault]]),
    read: async (wanted: string) => {
      if (wanted === name) throw fault;
      return file.read(wanted) as never;
    },
    readRows: (wanted, begin, end) => file.readRows(wanted, begin, end),
    close: () => file.close(),
  };
}
