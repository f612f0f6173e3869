import type { BadLines } from '../bad-lines.ts';
import type { CsvJoin } from '../config/csv.ts';
import type { ProgressListener } from '../dataset.ts';
import { positionsOf } from './header.ts';
import { readRecords } from './read-records.ts';

/** The columns taken from another file, by key. */
export interface SideTable {
  readonly path: string;
  /** The column of the main file that holds the key. */
  readonly on: string;
  readonly columns: readonly string[];
  /** The values of `columns` at each key. */
  readonly rows: ReadonlyMap<string, readonly string[]>;
}

/** Reads the file of a join, whose path is resolved. A key that comes twice is a bad line. */
export async function readSideTable(
  join: CsvJoin,
  badLines: BadLines,
  onProgress: ProgressListener | undefined,
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
      const value = fields[keyAt]!;
      if (!rows.has(value)) {
        rows.set(
          value,
          columnsAt.map((at) => fields[at]!),
        );
        return;
      }
      const column = `${keyAt + 1} (${key})`;
      badLines.add({
        kind: 'malformed-line',
        file: path,
        line,
        column,
        rule: 'a key must come once',
        got: value,
      });
    },
  };
  await readRecords(join, handler, badLines, { phase: `join ${path}`, onProgress });
  return { path, on, columns, rows };
}
