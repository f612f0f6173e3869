import { didYouMean } from '@ttrec/core';
import { error } from '../error.ts';
import type { ArrayOfDtype, Dtype, TensorArray } from './dtype.ts';

/** A tensor of an open file. */
export interface LazyTensor {
  readonly name: string;
  readonly dtype: Dtype;
  /** Row-major; [] for a scalar. */
  readonly shape: readonly number[];
}

/** The dtype and shape that a caller expects. */
export interface ExpectedTensor<D extends Dtype> {
  readonly dtype: D;
  readonly shape: readonly number[];
}

/** An open file of named tensors, of any format. Numbers are read on demand. */
export interface TensorFile<Info extends LazyTensor = LazyTensor> {
  /** Its path or address, shown in errors. */
  readonly name: string;
  /** Strings about the file; may be empty. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, Info>;
  /** Tensors of the file that cannot be read, such as those of unknown dtypes, each with the error that `read` throws. */
  readonly unreadable: ReadonlyMap<string, Error>;
  /**
   * Reads one tensor, row-major, into a new array.
   * @throws `tensor-files/unknown-tensor`, `…/tensor-mismatch` (not what was expected), `…/truncated-data` (the file became
   *   shorter since it was opened), `…/closed`, `…/cannot-read`, and the error of an unreadable tensor
   */
  read(name: string): Promise<TensorArray>;
  read<D extends Dtype>(name: string, expected: ExpectedTensor<D>): Promise<ArrayOfDtype[D]>;
  /**
   * Reads only rows `begin` to `end` - 1 of the first axis of a tensor.
   * @throws `tensor-files/rows-out-of-range`, and the codes of `read`
   */
  readRows(name: string, begin: number, end: number): Promise<TensorArray>;
  /** Closing twice is allowed. */
  close(): Promise<void>;
}

/** @throws `tensor-files/unknown-tensor`, and the error of an unreadable tensor */
export function tensorNamed<Info>(
  file: Pick<TensorFile, 'name' | 'unreadable'>,
  tensors: ReadonlyMap<string, Info>,
  name: string,
): Info {
  const info = tensors.get(name);
  if (info !== undefined) return info;
  const fault = file.unreadable.get(name);
  if (fault !== undefined) throw fault;
  throw error('unknown-tensor', {
    subject: file.name,
    rule: 'the file must hold the tensor',
    got: `"${name}"`,
    hint: didYouMean(name, tensors.keys()),
  });
}

/** @throws `tensor-files/tensor-mismatch` */
export function checkExpected(
  subject: string,
  tensor: ExpectedTensor<Dtype>,
  expected: ExpectedTensor<Dtype> | undefined,
): void {
  if (expected === undefined) return;
  const wanted = `${expected.dtype} [${expected.shape.join(', ')}]`;
  const got = `${tensor.dtype} [${tensor.shape.join(', ')}]`;
  if (got !== wanted) throw error('tensor-mismatch', { subject, rule: `must be ${wanted}`, got });
}
