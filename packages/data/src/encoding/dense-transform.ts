import { error } from '../error.ts';
import { FLOAT32_RULE } from '../float32.ts';
import type { CsvDenseEncoding } from './encoding.ts';

/** What becomes of the numbers of a dense column. NaN is a missing number. */
export function denseTransform(encoding: CsvDenseEncoding): (value: number) => number {
  const { transform, missing } = encoding;
  if (transform === 'missing') return (value) => (Number.isNaN(value) ? 1 : 0);
  const clipped = clippedBy(encoding);
  const known = knownTransform(encoding);
  return (value) => (Number.isNaN(value) ? missing : known(clipped(value)));
}

/** Age at the latest time, and the least and the most value. */
export function clippedBy({ latest, clip }: CsvDenseEncoding): (value: number) => number {
  const aged = latest === undefined ? (value: number) => value : (value: number) => latest - value;
  if (clip === undefined) return aged;
  const [least, most] = clip;
  return (value) => Math.min(Math.max(aged(value), least), most);
}

function knownTransform({ transform, statistics, boundaries }: CsvDenseEncoding): (value: number) => number {
  switch (transform) {
    case 'none':
    case 'missing':
      return (value) => value;
    case 'log1p':
      return (value) => Math.log1p(Math.max(value, 0));
    case 'standardise': {
      const { mean, deviation } = statistics!;
      return (value) => (value - mean) / deviation;
    }
    case 'quantile':
      return (value) => bucketAt(boundaries!, value) / boundaries!.length;
  }
}

/** The number of boundaries that are not above a value. O(log boundaries). */
export function bucketAt(boundaries: readonly number[], value: number): number {
  let [low, high] = [0, boundaries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (boundaries[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The boundaries of `buckets` buckets with the same number of values: between bucket b - 1 and b is the value number ⌊b · n / buckets⌋ of the n sorted ones.
 * Without values, all are 0. O(n log n).
 */
export function quantileBoundaries(values: Float64Array, buckets: number): number[] {
  const sorted = values.slice().sort();
  return Array.from(
    { length: buckets - 1 },
    (_, b) => sorted[Math.floor(((b + 1) * sorted.length) / buckets)] ?? 0,
  );
}

/** `data/dense-overflow`: a transform takes a value out of the range of a float32. */
export function denseOverflow({ column, statistics }: CsvDenseEncoding, value: number): Error {
  const how = statistics
    ? `, standardised by mean ${statistics.mean} and deviation ${statistics.deviation}`
    : '';
  return error('dense-overflow', {
    subject: `dense column ${column}${how}`,
    rule: FLOAT32_RULE,
    got: value,
    hint: 'Correct the value, or use another transform.',
  });
}
