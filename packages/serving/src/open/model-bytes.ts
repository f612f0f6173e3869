import { bytesSource } from '@ttrec/tensor-files/byte-source';
import { openSafetensorsFrom, type TensorFile } from '@ttrec/tensor-files/safetensors';

/** A model file in memory, or a `File` of a form. */
export type ModelBytes = Uint8Array | ArrayBuffer | Blob;

interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export function isInMemory(source: unknown): source is ModelBytes {
  return source instanceof Uint8Array || source instanceof ArrayBuffer || source instanceof Blob;
}

export async function bytesOf(source: ModelBytes): Promise<NamedBytes> {
  const name = source instanceof File ? source.name : 'model in memory';
  if (source instanceof Uint8Array) return { name, bytes: source };
  return { name, bytes: new Uint8Array(source instanceof Blob ? await source.arrayBuffer() : source) };
}

export function fileOf({ name, bytes }: NamedBytes): Promise<TensorFile> {
  return openSafetensorsFrom(bytesSource(bytes, name));
}
