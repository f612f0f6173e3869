import { CellFault } from '../columns/cell.ts';
import type { CriteoEncoding, CriteoTableEncoding } from '../encoding/encoding.ts';
import type { RawCell } from '../encoding/raw-rows.ts';
import { textOf, type FeatureReader, type Readers } from '../encoding/readers.ts';
import { requireSeen } from '../ids/unseen.ts';
import { categoryRule, integerRule, logOnePlus, type CellRule } from './lines/cells.ts';
import { categoryNames, integerNames } from './columns.ts';
import { rowLookup } from './vocabularies/encoder.ts';

/** The readers of raw values by the encoding of a Criteo file. @throws `data/bad-encoding` if a vocabulary holds a value twice */
export function criteoReaders({ tables, missingFlags }: CriteoEncoding): Readers {
  const dense = (read: (text: string) => number) =>
    integerNames.map((column) => ({
      column,
      read: (cell: RawCell) => read(checkedText(cell, column, integerRule)),
    }));
  const integers = dense((text) => logOnePlus(Number(text)));
  return {
    dense: missingFlags ? [...integers, ...dense((text) => Number(text === ''))] : integers,
    features: categoryNames.map((column, c) => featureReader(column, tables[c]!)),
  };
}

function featureReader(column: string, table: CriteoTableEncoding): FeatureReader {
  const rowOf = rowLookup(table);
  const idOf = (cell: RawCell) => {
    const text = checkedText(cell, column, categoryRule);
    const row = rowOf(text === '' ? 0 : parseInt(text, 16), text === '');
    requireSeen(row, table, `column ${column}`, text);
    return row;
  };
  return { column, idOf, read: (cell, ids) => void ids.push(idOf(cell)) };
}

function checkedText(cell: RawCell, column: string, { pattern, words }: CellRule): string {
  const text = textOf(cell, column);
  if (pattern.test(text)) return text;
  throw new CellFault(column, words, cell);
}
