import type { GradientLayout, HostGradients, SparseRows } from '@ttrec/dlrm';
import type { PartialSum } from './shards.ts';

/** What a worker found in its shards of a batch. */
export interface ShardReport {
  /** [rows] each. */
  readonly losses: Float32Array;
  readonly logits: Float32Array;
  readonly sums: readonly PartialSum[];
  /** Whether the worker was asked to stop. */
  readonly stops: boolean;
}

/** Words before the sums: whether to stop, rows, number of sums. */
const HEADER = 3;

/** A report as one message of 32-bit words: header, lengths, losses, logits, gradients. */
export function encodeReport({ losses, logits, sums, stops }: ShardReport): Uint32Array {
  const lengths = sums.flatMap(({ start, length, gradients }) => [
    start,
    length,
    ...gradients.sparse.map(({ ids }) => ids.length),
  ]);
  const arrays = [losses, logits, ...sums.flatMap(({ gradients }) => arraysOf(gradients))];
  const total = arrays.reduce((sum, { length }) => sum + length, HEADER + lengths.length);
  const words = new Uint32Array(total);
  words.set([Number(stops), losses.length, sums.length, ...lengths]);
  let at = HEADER + lengths.length;
  for (const array of arrays) {
    words.set(new Uint32Array(array.buffer, array.byteOffset, array.length), at);
    at += array.length;
  }
  return words;
}

/** Views of the message. */
export function decodeReport(words: Uint32Array, layout: GradientLayout): ShardReport {
  const [stops, rows, count] = words as unknown as [number, number, number];
  const width = 2 + layout.sparse.length;
  let at = HEADER + count * width;
  const take = (length: number) => words.subarray(at, (at += length));
  const floats = (length: number) => {
    const part = take(length);
    return new Float32Array(part.buffer as ArrayBuffer, part.byteOffset, length);
  };
  const [losses, logits] = [floats(rows), floats(rows)];
  const sums = Array.from({ length: count }, (_, s): PartialSum => {
    const [start, length, ...sizes] = words.subarray(HEADER + s * width, HEADER + (s + 1) * width);
    const dense = layout.dense.map((parameter) => floats(parameter.length));
    const sparse = layout.sparse.map(({ cols }, p): SparseRows => {
      return { ids: take(sizes[p]!), values: floats(sizes[p]! * cols) };
    });
    return { start: start!, length: length!, gradients: { dense, sparse } };
  });
  return { losses, logits, sums, stops: stops === 1 };
}

function arraysOf({ dense, sparse }: HostGradients): (Float32Array | Uint32Array)[] {
  return [...dense, ...sparse.flatMap(({ ids, values }) => [ids, values])];
}
