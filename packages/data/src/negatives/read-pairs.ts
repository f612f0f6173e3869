import type { CheckedOpenOptions } from '../config/open-options.ts';
import type { GivenTableConfig } from '../config/table.ts';
import { error } from '../error.ts';
import { columnsOf } from '../columns/columns-of.ts';
import { BadLines } from '../read/bad-lines.ts';
import { byteReader } from '../read/read-files.ts';
import { readRecords } from '../records/read-records.ts';
import { RowReader } from '../table/row-reader.ts';
import { readSideTable, type SideTable } from '../table/side-table.ts';

/** Pairs of a user and an item, by their numbers in a reader. */
export interface Pairs {
  readonly users: Uint32Array;
  readonly items: Uint32Array;
}

/**
 * The positive pairs of other data of users and items that a reader knows.
 *
 * @param config of that data, its paths resolved
 * @param reader has read all its rows
 * @throws `data/bad-options` without `negatives`, and what reading throws
 */
export async function readPairs(
  config: GivenTableConfig,
  reader: Pick<RowReader, 'userNames' | 'itemNames'>,
  { files, onProgress }: Pick<CheckedOpenOptions, 'files' | 'onProgress'>,
): Promise<Pairs> {
  if (config.negatives === undefined)
    throw error('bad-options', {
      subject: 'openDataset, known',
      rule: 'must be data of a config with `negatives`',
      got: config.format,
    });
  const bare = {
    ...config,
    dense: [],
    features: [],
    weight: undefined,
    group: undefined,
    distinct: undefined,
  };
  const reading = { onProgress, read: byteReader(files) };
  const badLines = new BadLines('skip');
  const sides: SideTable[] = [];
  for (const join of bare.join) sides.push(await readSideTable(join, badLines, reading));
  const parts = { sides, badLines, scoring: undefined, extending: undefined };
  const other = new RowReader({
    ...parts,
    config: { ...bare, split: { by: 'last', validation: 0, test: 0 } },
  });
  const source = { config: bare, wanted: columnsOf(bare), files, rows: undefined };
  const pieces = readRecords(source, other, badLines, { ...reading, phase: 'known positives' });
  while ((await pieces.next()).done !== true);
  const found: { users: number[]; items: number[] } = { users: [], items: [] };
  const codesIn = (from: typeof other.userNames, to: typeof reader.userNames) =>
    Int32Array.from({ length: from.size }, (_, code) => {
      const { bytes, start, end } = from.sliceAt(code);
      return to.find(bytes, start, end);
    });
  const [users, items] = [
    codesIn(other.userNames, reader.userNames),
    codesIn(other.itemNames, reader.itemNames),
  ];
  for (let row = 0; row < other.rows; row++) {
    const [user, item] = [users[other.users.get(row)]!, items[other.items.get(row)]!];
    if (user < 0 || item < 0) continue;
    found.users.push(user);
    found.items.push(item);
  }
  return { users: Uint32Array.from(found.users), items: Uint32Array.from(found.items) };
}
