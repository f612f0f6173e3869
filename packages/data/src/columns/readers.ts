import { denseOverflow, denseTransform } from '../encoding/dense-transform.ts';
import type {
  CsvDenseEncoding,
  CsvEncoding,
  CsvFeatureEncoding,
  CsvTableEncoding,
} from '../encoding/encoding.ts';
import type { RawCell } from '../encoding/raw-rows.ts';
import { idTextOf, textOf, type DenseReader, type FeatureReader, type Readers } from '../encoding/readers.ts';
import { csvRowLookup, positionsIn } from '../encoding/row-lookup.ts';
import { fitsFloat32 } from '../float32.ts';
import { requireSeen, rowsForUnseen } from '../ids/unseen.ts';
import { float32Of, partsOf, requireRow, requireSoundText, timeNumberOf } from './cell.ts';
import { derivedValue } from './derived-value.ts';
import { weightsIn } from './weight-column.ts';

/** The text of a cell, where the values that stand for missing ones are empty. */
type Text = (cell: RawCell, column: string) => string;

/** The readers of raw values by the encoding of rows with named columns. @throws `data/bad-encoding` if a vocabulary holds a value twice */
export function csvReaders({ dense, features, tables, naValues = [] }: CsvEncoding): Readers {
  const lookups = new Map(tables.map((table) => [table.table, lookupOf(table)]));
  const isPlain = naValues.length === 0;
  const withMissing =
    (textIn: Text): Text =>
    (cell, column) => {
      if (Number.isNaN(cell) && naValues.includes('NaN')) return '';
      const found = textIn(cell, column);
      return naValues.includes(found) ? '' : found;
    };
  const text = withMissing(textOf);
  const idText = withMissing(idTextOf);
  return {
    dense: dense.map((encoding) => denseReader(encoding, text, isPlain)),
    features: features.map((feature) =>
      featureReader(feature, lookups.get(feature.table)!, feature.boundaries ? text : idText, isPlain),
    ),
  };
}

function denseReader(encoding: CsvDenseEncoding, text: Text, isPlain: boolean): DenseReader {
  const { column, time, transform: kind } = encoding;
  const transform = denseTransform(encoding);
  const isNumeric = isPlain && kind !== 'missing' && time === undefined;
  const numberOf = (cell: RawCell) => {
    if (isNumeric && isNumber(cell)) return cell;
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

/** A number that comes back from its decimal text, unlike -0, in the range of a batch. */
function isNumber(cell: RawCell): cell is number {
  return typeof cell === 'number' && fitsFloat32(cell) && !Object.is(cell, -0);
}

interface Lookup {
  readonly table: CsvTableEncoding;
  /** The position of a value in the vocabulary; undefined for others, and in other tables. */
  readonly positionOf: (value: string) => number | undefined;
  /** The row of any value. */
  readonly rowOf: (value: string) => number;
}

function lookupOf(table: CsvTableEncoding): Lookup {
  if (table.kind !== 'vocabulary') return { table, positionOf: () => undefined, rowOf: csvRowLookup(table) };
  const positionOf = positionsIn(table);
  return { table, positionOf, rowOf: csvRowLookup(table, positionOf) };
}

/** @param isPlain whether a text that training has seen stands for itself */
function featureReader(
  encoding: CsvFeatureEncoding,
  { table, positionOf, rowOf }: Lookup,
  text: Text,
  isPlain: boolean,
): FeatureReader {
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
    const first = table.kind === 'vocabulary' ? rowsForUnseen(table) : 0;
    const idOfCell = (cell: RawCell) => {
      // What training has seen was sound.
      const position = isPlain && typeof cell === 'string' ? positionOf(cell) : undefined;
      return position === undefined ? idOf(text(cell, column)) : first + position;
    };
    return {
      column,
      other: cross,
      idOf: derived === undefined ? idOfCell : undefined,
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
    return cell.map((part: RawCell) => idTextOf(part, column)).filter((part) => part !== '');
  return partsOf(text(cell, column), separator);
}
