import { closeSync, openSync, readSync } from 'node:fs';
import { toFloat32, type Dtype, type TensorArray } from '@ttrec/tensor-files';
import type { RowSource } from '@ttrec/embeddings';
import { error } from '../error.ts';

/** A matrix in a file: where it begins, and how its numbers are written. */
export interface MatrixInFile {
  readonly path: string;
  /** Shown in errors: the tensor's name. */
  readonly subject: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly byteOffset: number;
}

/** Rows read from a file at once, without a promise, so that a tensor train can be made of a table that does not fit in memory. */
export interface FileRows extends RowSource {
  close(): void;
}

/** Bytes of the dtypes that a table may be stored in. */
const BYTES: Readonly<Partial<Record<Dtype, number>>> = { F64: 8, F32: 4, F16: 2, BF16: 2 };

/**
 * The rows of a matrix in a file, as float32. What `read` returns is overwritten by the next call.
 *
 * @throws `trainer/not-a-matrix`, `trainer/not-floats`
 */
export function openFileRows(matrix: MatrixInFile, weights?: Float64Array): FileRows {
  const { path, subject, dtype, shape, byteOffset } = matrix;
  const [numEmbeddings, embeddingDim] = checkedMatrix(matrix);
  const rowBytes = embeddingDim * BYTES[dtype]!;
  const file = openSync(path, 'r');
  let block = new ArrayBuffer(0);
  return {
    numEmbeddings,
    embeddingDim,
    weights,
    read(start, end) {
      const length = (end - start) * rowBytes;
      if (block.byteLength < length) block = new ArrayBuffer(length);
      fill(file, new Uint8Array(block, 0, length), byteOffset + start * rowBytes, path);
      return toFloat32(
        dtype,
        arrayOf(dtype, block, (end - start) * embeddingDim),
        `${subject} [${shape.join(', ')}]`,
      );
    },
    close: () => closeSync(file),
  };
}

function fill(file: number, bytes: Uint8Array, position: number, path: string): void {
  for (let at = 0; at < bytes.length;) {
    const read = readSync(file, bytes, at, bytes.length - at, position + at);
    if (read === 0) {
      const rule = `must hold ${bytes.length} bytes from byte ${position} on`;
      throw error('file-ends', { subject: path, rule, got: `an end at byte ${position + at}` });
    }
    at += read;
  }
}

function arrayOf(dtype: Dtype, buffer: ArrayBuffer, length: number): TensorArray {
  if (dtype === 'F32') return new Float32Array(buffer, 0, length);
  if (dtype === 'F64') return new Float64Array(buffer, 0, length);
  return new Uint16Array(buffer, 0, length);
}

function checkedMatrix({ path, subject, dtype, shape }: MatrixInFile): [number, number] {
  if (shape.length !== 2 || shape.includes(0)) {
    throw error('not-a-matrix', {
      subject: `${path}, ${subject}`,
      rule: 'must have rows and columns',
      got: `a shape of [${shape.join(', ')}]`,
    });
  }
  if (BYTES[dtype] === undefined) {
    throw error('not-floats', {
      subject: `${path}, ${subject}`,
      rule: `must hold ${Object.keys(BYTES).join(', ')}`,
      got: dtype,
    });
  }
  return shape as [number, number];
}
