import type { TensorFile } from '@ttrec/tensor-files/safetensors';

/** A tensor that cannot be read must not be taken for one that is not there. @throws the error that reading it throws */
export function requireReadable(file: TensorFile, prefix: string): void {
  for (const [name, fault] of file.unreadable) if (name.startsWith(prefix)) throw fault;
}
