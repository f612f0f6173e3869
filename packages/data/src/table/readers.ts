import { denseOverflow, denseTransform } from '../encoding/dense-transform.ts';
import type {
  CsvDenseEncoding,
  CsvEncoding,
  CsvFeatureEncoding,
  CsvTableEncoding,
} from '../encoding/encoding.ts';
import type { RawCell } from '../encoding/raw-rows.ts';
import { textOf, type DenseReader, type FeatureReader, type Readers } from '../encoding/readers.ts';
import { csvRowLookup } from '../encoding/row-lookup.ts';
import { requireSeen } from '../ids/unseen.ts';
import { float32Of, partsOf, requireRow, requireSoundText, timeNumberOf } from './cell.ts';
import { derivedValue } from './derived-value.ts';
import { weightsIn } from './weight-column.ts';

/** The text of a cell, where the values that stand for missing ones are empty. */
type Text = (cell: RawCell, column: string) => string;

/** The readers of raw values by the encoding of rows with named columns. @throws `data/bad-encoding` if a vocabulary holds a value twice */
export function csvReaders({ dense, features, tables, naValues = [] }: CsvEncoding): Readers {
  const lookups = new Map(tables.map((table) => [table.table, { table, rowOf: csvRowLookup(table) }]));
  const text: Text = (cell, column) => {
    if (Number.isNaN(cell) && naValues.includes('NaN')) return '';
    const found = textOf(cell, column);
    return naValues.includes(found) ? '' : found;
  };
  return {
    dense: dense.map((encoding) => denseReader(encoding, text)),
    features: features.map((feature) => featureReader(feature, lookups.get(feature.table)!, text)),
  };
}

function denseReader(encoding: CsvDenseEncoding, text: Text): DenseReader {
  const { column, time, transform: kind } = encoding;
  const transform = denseTransform(encoding);
  const numberOf = (cell: RawCell) => {
    const found = text(cell, column);
    if (kind === 'missing') return found === '' ? NaN : 0;
    return time === undefined ? float32Of(found, column) : timeNumberOf(found, time, column);
  };
  return {
    column,
    read(cell) {
      const value = numberOf(cell);
      const number = transform(value);
      if (Number.isFinite(Math.fround(number))) return number;
      throw denseOverflow(encoding, value);
    },
  };
}

interface Lookup {
  readonly table: CsvTableEncoding;
  readonly rowOf: (value: string) => number;
}

function featureReader(encoding: CsvFeatureEncoding, { table, rowOf }: Lookup, text: Text): FeatureReader {
  const { column, separator, cross, weights } = encoding;
  const derived = derivedValue(encoding);
  const idOf = (value: string): number => {
    requireSoundText(value, column);
    if (table.kind === 'row') requireRow(value, table.rows, column);
    const row = rowOf(value);
    requireSeen(row, table, `column ${column}`, value);
    return row;
  };
  if (separator === undefined) {
    return {
      column,
      other: cross,
      read(cell, ids, other = null) {
        const found = text(cell, column);
        ids.push(idOf(derived ? derived(found, cross === undefined ? '' : text(other, cross)) : found));
      },
    };
  }
  return {
    column,
    other: weights,
    read(cell, ids, other = null, perSampleWeights) {
      const parts = partsIn(cell, column, separator, text);
      for (const part of parts) ids.push(idOf(part));
      if (weights === undefined) return;
      perSampleWeights!.push(
        ...weightsIn(partsIn(other, weights, separator, text), parts.length, weights, other),
      );
    },
  };
}

/** The values of a multi-valued cell. */
function partsIn(cell: RawCell, column: string, separator: string, text: Text): string[] {
  if (Array.isArray(cell))
    return cell.map((part: RawCell) => textOf(part, column)).filter((part) => part !== '');
  return partsOf(text(cell, column), separator);
}
