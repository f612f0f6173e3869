import { error } from '../error.ts';
import { FLOAT32_RULE } from '../float32.ts';
import type { CsvDenseEncoding } from './encoding.ts';

/** The transform of a dense column. NaN is a missing number. */
export function denseTransform({
  transform,
  missing,
  statistics,
}: CsvDenseEncoding): (value: number) => number {
  const known = knownTransform(transform, statistics);
  return (value) => (Number.isNaN(value) ? missing : known(value));
}

function knownTransform(
  transform: CsvDenseEncoding['transform'],
  statistics: CsvDenseEncoding['statistics'],
): (value: number) => number {
  switch (transform) {
    case 'none':
      return (value) => value;
    case 'log1p':
      return (value) => Math.log1p(Math.max(value, 0));
    case 'standardise': {
      const { mean, deviation } = statistics!;
      return (value) => (value - mean) / deviation;
    }
  }
}

/** `data/dense-overflow`: standardising by a tiny deviation takes a value out of the range of a float32. */
export function denseOverflow({ column, statistics }: CsvDenseEncoding, value: number): Error {
  const { mean, deviation } = statistics!;
  return error('dense-overflow', {
    subject: `dense column ${column}, standardised by mean ${mean} and deviation ${deviation}`,
    rule: FLOAT32_RULE,
    got: value,
    hint: 'Correct the value, or use another transform.',
  });
}
