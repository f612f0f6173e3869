import { bucketAt } from '../encoding/dense-transform.ts';
import type { CsvFeatureEncoding } from '../encoding/encoding.ts';
import { float32Of, timeNumberOf } from './cell.ts';

/** Between the two values of a pair: the unit separator of ASCII. */
const BETWEEN = '\u001f';

/**
 * The value of a feature that is not its cell: a part of a time, the number of a bucket, or a pair. `other` is the text of the second column of a pair. The
 * empty text is a missing value. Undefined for a feature whose value is its cell. The function throws CellFault.
 */
export function derivedValue(
  encoding: CsvFeatureEncoding,
): ((text: string, other: string) => string) | undefined {
  const { column, time, boundaries, cross } = encoding;
  if (time !== undefined) return (text) => (text === '' ? '' : String(timeNumberOf(text, time, column)));
  if (boundaries !== undefined) {
    return (text) => (text === '' ? '' : String(bucketAt(boundaries, float32Of(text, column))));
  }
  if (cross === undefined) return undefined;
  return (text, other) => (text === '' && other === '' ? '' : text + BETWEEN + other);
}
