import { error } from '../error.ts';
import type { TensorInfo } from '../tensor/tensor.ts';

export type Place = Pick<TensorInfo, 'name' | 'byteOffset' | 'byteLength'>;

/**
 * Checks that each byte from `dataStart` to `totalBytes` belongs to exactly one tensor. `tensors` are sorted by position.
 * @throws `tensor-files/overlapping-tensors`, `tensor-files/offsets-out-of-bounds`, `tensor-files/hole`,
 *   `tensor-files/truncated-data`, `tensor-files/trailing-data`
 */
export function checkLayout(
  source: string,
  tensors: readonly Place[],
  dataStart: number,
  totalBytes: number,
): void {
  let end = dataStart;
  for (const tensor of tensors) {
    if (tensor.byteOffset !== end)
      throw misplaced(source, tensor, { end: end - dataStart, dataStart, totalBytes });
    end += tensor.byteLength;
  }
  if (end > totalBytes) {
    const cut = tensors.find((tensor) => tensor.byteOffset + tensor.byteLength > totalBytes)!;
    const rule = `the file must reach byte ${cut.byteOffset + cut.byteLength}, where its data ends`;
    throw error('truncated-data', {
      subject: `${source}: tensor "${cut.name}"`,
      rule,
      got: `a file of ${totalBytes} bytes`,
    });
  }
  if (end < totalBytes) {
    const rule = `the file must end with its last tensor, at byte ${end}`;
    throw error('trailing-data', { subject: source, rule, got: `a file of ${totalBytes} bytes` });
  }
}

/** The error for a tensor that does not begin at `end`, where those before it end (relative to `dataStart`). */
function misplaced(
  source: string,
  { name, byteOffset, byteLength }: Place,
  { end, dataStart, totalBytes }: { end: number; dataStart: number; totalBytes: number },
): Error {
  const subject = `${source}: tensor "${name}"`;
  const begin = byteOffset - dataStart;
  const got = [begin, begin + byteLength];
  if (begin < end) {
    const rule = `data_offsets must not begin before ${end}, where the tensor before it ends`;
    return error('overlapping-tensors', { subject, rule, got });
  }
  if (byteOffset + byteLength > totalBytes) {
    const rule = `data_offsets must lie within the ${totalBytes - dataStart} bytes of data`;
    return error('offsets-out-of-bounds', { subject, rule, got });
  }
  const rule = `data_offsets must begin at ${end}, where the tensor before it ends, and leave no hole`;
  return error('hole', { subject, rule, got });
}
