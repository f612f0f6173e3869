import type { RowOperations } from '@ttrec/embeddings/kind';
import { error } from '../error.ts';
import type { HostValues } from './table-under-test.ts';

/** An array [L, …shape] in float64. */
export interface GraphValue {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** The operations of an exported model in float64, written from their definitions. */
export function float64Operations(tensors: readonly HostValues[]): RowOperations<GraphValue> {
  const map = (value: GraphValue, entry: (x: number) => number): GraphValue => {
    return { ...value, data: value.data.map(entry) };
  };
  return {
    plus: (integers, addend) => map(integers, (x) => x + addend),
    dividedBy: (integers, divisor) => map(integers, (x) => Math.floor(x / divisor)),
    modulo: (integers, divisor) => map(integers, (x) => x % divisor),
    atLeast: (integers, bound) => map(integers, (x) => Math.max(x, bound)),
    atMost: (integers, bound) => map(integers, (x) => Math.min(x, bound)),
    hash: (integers, word) => map(integers, (x) => mixed((x ^ word) >>> 0)),
    gather(tensor, integers, shape, bits) {
      const values = floatsOf(tensor, tensors, shape, bits);
      const width = sizeOf(shape);
      return { shape, data: integers.data.flatMap((row) => values.slice(row * width, (row + 1) * width)) };
    },
    project(value, tensor) {
      const { shape, data } = named(tensor, tensors);
      const [inner, columns] = shape as [number, number];
      const out = Array.from({ length: (value.data.length / inner) * columns }, (_, at) => {
        const [row, column] = [Math.floor(at / columns), at % columns];
        return sumOf(inner, (k) => value.data[row * inner + k]! * data[k * columns + column]!);
      });
      return { shape: [columns], data: out };
    },
    sum: (values) => values.reduce((a, b) => ({ ...a, data: a.data.map((x, i) => x + b.data[i]!) })),
    product: (values) => values.reduce((a, b) => ({ ...a, data: a.data.map((x, i) => x * b.data[i]!) })),
    scaled: (value, factor) => map(value, (x) => x * factor),
    concatenated(values) {
      const widths = values.map(({ shape }) => sizeOf(shape));
      const count = values[0]!.data.length / widths[0]!;
      const row = (at: number) =>
        values.flatMap(({ data }, v) => data.slice(at * widths[v]!, (at + 1) * widths[v]!));
      return { shape: [sumOf(widths.length, (v) => widths[v]!)], data: rowsOf(count, row) };
    },
    matmul(a, b) {
      const [m, inner] = a.shape as [number, number];
      const [, n] = b.shape as [number, number];
      const out = (at: number) =>
        Array.from({ length: m * n }, (_, i) => {
          const [row, column] = [Math.floor(i / n), i % n];
          return sumOf(
            inner,
            (k) => a.data[(at * m + row) * inner + k]! * b.data[(at * inner + k) * n + column]!,
          );
        });
      return { shape: [m, n], data: rowsOf(a.data.length / (m * inner), out) };
    },
    reshaped: ({ data }, shape) => ({ shape, data }),
    choose(integers, bound, { below, others }) {
      const width = sizeOf(below.shape);
      const isBelow = (at: number) => integers.data[Math.floor(at / width)]! < bound;
      return { ...below, data: below.data.map((x, at) => (isBelow(at) ? x : others.data[at]!)) };
    },
  };
}

function named(name: string, tensors: readonly HostValues[]): HostValues {
  const found = tensors.find((tensor) => tensor.name === name);
  if (found) return found;
  const rule = `must read one of the tensors ${tensors.map((tensor) => tensor.name).join(', ')}`;
  throw error('unknown-tensor', { subject: 'exported rows', rule, got: name });
}

/**
 * A tensor as floats: integers times the scale of their row, or of all, two of four bits in each byte of uint8; with `bits`, of so many
 * bits and without gaps.
 */
export function floatsOf(
  name: string,
  tensors: readonly HostValues[],
  rowShape: readonly number[],
  bits?: number,
): number[] {
  const { data, shape } = named(name, tensors);
  const scale = tensors.find((tensor) => tensor.name === `${name}.scale`)?.data;
  if (scale === undefined) return Array.from(data);
  if (bits !== undefined && data instanceof Uint8Array)
    return Array.from(data).flatMap((byte) => levelsIn(byte, bits).map((level) => level * scale[0]!));
  if (scale.length === 1) return Array.from(data, (code) => code * scale[0]!);
  const width = sizeOf(rowShape);
  const isPacked = data instanceof Uint8Array;
  return Array.from({ length: shape[0]! * width }, (_, at) => {
    const [row, column] = [Math.floor(at / width), at % width];
    if (!isPacked) return data[at]! * scale[row]!;
    const half = (data[row * shape[1]! + (column >> 1)]! >> (4 * (column & 1))) & 15;
    return (half < 8 ? half : half - 16) * scale[row]!;
  });
}

/** Codes of 4 or 2 bits in two's complement, the first in the lowest bits; the levels of 2 bits are half a step above. */
function levelsIn(byte: number, bits: number): number[] {
  return Array.from({ length: 8 / bits }, (_, slot) => {
    const code = Math.floor(byte / 2 ** (bits * slot)) % 2 ** bits;
    return (code < 2 ** (bits - 1) ? code : code - 2 ** bits) + (bits === 2 ? 0.5 : 0);
  });
}

/** The finaliser of MurmurHash3 (Appleby). */
function mixed(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function rowsOf(count: number, row: (at: number) => number[]): number[] {
  return Array.from({ length: count }, (_, at) => row(at)).flat();
}

function sumOf(count: number, term: (k: number) => number): number {
  let sum = 0;
  for (let k = 0; k < count; k++) sum += term(k);
  return sum;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
