import type { BadLines } from '../read/bad-lines.ts';
import type { CsvJoin } from '../config/csv.ts';
import { isWhole, UTF8_RULE } from './cell.ts';
import { requireRoom } from './dictionary.ts';
import { positionsOf } from './header.ts';
import { readRecords, type Reading } from './read-records.ts';

/** The columns taken from another file, by key. */
export interface SideTable {
  readonly path: string;
  /** The column of the main file that holds the key. */
  readonly on: string;
  readonly columns: readonly string[];
  /** The values of `columns` at each key. */
  readonly rows: ReadonlyMap<string, readonly string[]>;
}

/** Reads the file of a join, whose path is resolved. A key that comes twice is a bad line, as is what is no UTF-8. */
export async function readSideTable(
  join: CsvJoin,
  badLines: BadLines,
  reading: Omit<Reading, 'phase'>,
): Promise<SideTable> {
  const { path, on, key = on, columns } = join;
  const rows = new Map<string, readonly string[]>();
  let keyAt = 0;
  let columnsAt: readonly number[] = [];
  const handler = {
    header(names: readonly string[]) {
      [keyAt, ...columnsAt] = positionsOf([key, ...columns], names, path) as [number, ...number[]];
    },
    record(fields: readonly string[], line: number) {
      const fault = (at: number, name: string, rule: string) => {
        const column = `${at + 1} (${name})`;
        badLines.add({ kind: 'malformed-line', file: path, line, column, rule, got: fields[at]! });
      };
      const broken = [keyAt, ...columnsAt].findIndex((at) => !isWhole(fields[at]!));
      const value = fields[keyAt]!;
      if (broken >= 0) {
        fault([keyAt, ...columnsAt][broken]!, [key, ...columns][broken]!, UTF8_RULE);
      } else if (rows.has(value)) {
        fault(keyAt, key, 'a key must come once');
      } else {
        requireRoom(rows.size, `${path}, column ${key}`);
        const taken = columnsAt.map((at) => fields[at]!);
        rows.set(value, taken);
      }
    },
  };
  await readRecords(join, handler, badLines, { ...reading, phase: `join ${path}` });
  return { path, on, columns, rows };
}
