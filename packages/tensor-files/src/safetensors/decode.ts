import { checkArgument } from '@ttrec/core/options';
import { error } from '../error.ts';
import { arrayOver } from '../tensor/dtype.ts';
import { readSafetensorsHeader, type SafetensorsHeader } from './header.ts';
import type { Tensor } from '../tensor/tensor.ts';

export interface DecodedSafetensors {
  readonly metadata: SafetensorsHeader['metadata'];
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/**
 * Reads every tensor of a safetensors file, each into memory of its own. To read some tensors of a file that holds others of unknown
 * dtypes, use `openSafetensorsFrom(bytesSource(bytes))`.
 * @param source shown in errors
 * @throws the codes of `readSafetensorsHeader`, and `tensor-files/unknown-dtype`
 */
export function decodeSafetensors(bytes: Uint8Array, source?: string): DecodedSafetensors {
  checkArgument(error, 'decodeSafetensors, bytes', bytes, 'a Uint8Array', 'length', 'subarray');
  const header = readSafetensorsHeader(bytes, { source });
  for (const fault of header.unreadable.values()) throw fault;
  const tensors = new Map<string, Tensor>();
  for (const { name, dtype, shape, byteOffset, byteLength } of header.tensors.values()) {
    const buffer = new ArrayBuffer(byteLength);
    new Uint8Array(buffer).set(bytes.subarray(byteOffset, byteOffset + byteLength));
    tensors.set(name, { name, dtype, shape, data: arrayOver(dtype, buffer) } as Tensor);
  }
  return { metadata: header.metadata, tensors };
}
