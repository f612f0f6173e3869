import { denseOverflow, denseTransform } from '../encoding/dense-transform.ts';
import type { CsvDenseEncoding, CsvEncoding, CsvFeatureEncoding } from '../encoding/encoding.ts';
import type { RawCell } from '../encoding/raw-rows.ts';
import { textOf, type DenseReader, type FeatureReader, type Readers } from '../encoding/readers.ts';
import { csvRowLookup } from '../encoding/row-lookup.ts';
import { requireSeen } from '../ids/unseen.ts';
import { float32Of, partsOf, requireSoundText } from './cell.ts';

/** The readers of raw values by the encoding of a CSV file. @throws `data/bad-encoding` if a vocabulary holds a value twice */
export function csvReaders({ dense, features, tables }: CsvEncoding): Readers {
  const lookups = new Map(tables.map((table) => [table.table, { table, rowOf: csvRowLookup(table) }]));
  return {
    dense: dense.map(denseReader),
    features: features.map((feature) => featureReader(feature, lookups.get(feature.table)!)),
  };
}

function denseReader(encoding: CsvDenseEncoding): DenseReader {
  const { column } = encoding;
  const transform = denseTransform(encoding);
  return {
    column,
    read(cell) {
      const value = float32Of(textOf(cell, column), column);
      const number = transform(value);
      if (Number.isFinite(Math.fround(number))) return number;
      throw denseOverflow(encoding, value);
    },
  };
}

function featureReader(
  { column, separator }: CsvFeatureEncoding,
  {
    table,
    rowOf,
  }: { readonly table: CsvEncoding['tables'][number]; readonly rowOf: (value: string) => number },
): FeatureReader {
  const idOf = (text: string): number => {
    requireSoundText(text, column);
    const row = rowOf(text);
    requireSeen(row, table, `column ${column}`, text);
    return row;
  };
  return {
    column,
    read(cell, ids) {
      if (separator === undefined) ids.push(idOf(textOf(cell, column)));
      else for (const text of partsIn(cell, column, separator)) ids.push(idOf(text));
    },
  };
}

/** The values of a multi-valued cell. */
function partsIn(cell: RawCell, column: string, separator: string): string[] {
  if (Array.isArray(cell))
    return cell.map((part: RawCell) => textOf(part, column)).filter((part) => part !== '');
  return partsOf(textOf(cell, column), separator);
}
