import type * as DuckDB from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBInstance, DuckDBResult } from '@duckdb/node-api';
import { error } from '../error.ts';
import { emptyFile } from '../read/read-bytes.ts';
import { RowCounter, type Reading, type RecordHandler } from '../records/record-handler.ts';
import { RowWriter } from '../records/write-rows.ts';

/** What the rows of a query are called in errors and reports. */
export const QUERY = 'query';

/** A string, so that bundlers for pages do not look for it. */
const PACKAGE: string = '@duckdb/node-api';

/**
 * Reads the rows of a query that DuckDB answers, in their order. Integers of 64 bits, decimals and times are exact; times are ISO 8601 in UTC.
 *
 * @throws `data/missing-package` without `@duckdb/node-api`; `data/failed-query`, `data/empty-file`, `data/unknown-column`
 */
export async function* readQueryRecords(
  { query, database }: { readonly query: string; readonly database: string | undefined },
  handler: RecordHandler,
  reading: Reading,
): AsyncGenerator<void> {
  const counter = new RowCounter(reading);
  const writer = new RowWriter(QUERY, handler, []);
  const connection = await connect(database);
  try {
    const result = await answered(() => connection.stream(query));
    const names = result.deduplicatedColumnNames();
    for (let chunk = await next(result); chunk && chunk.rowCount > 0; chunk = await next(result)) {
      const columns = new Map<string, ArrayLike<unknown>>();
      const [at, current] = [counter.rows, chunk];
      const valuesOf = (name: string) => {
        const known = columns.get(name);
        if (known) return known;
        const values = current.getColumnValues(names.indexOf(name));
        columns.set(name, values);
        return values;
      };
      writer.write({
        size: chunk.rowCount,
        names,
        value: (row, column) => plain(valuesOf(column)[row]),
        line: (row) => at + row + 1,
      });
      counter.rows += chunk.rowCount;
      counter.report();
      yield;
    }
  } finally {
    connection.disconnectSync();
  }
  if (counter.rows === 0) throw emptyFile(QUERY);
  counter.finish();
}

async function connect(database: string | undefined): Promise<DuckDBConnection> {
  const { DuckDBInstance: instances } = await (
    import(/* @vite-ignore */ PACKAGE) as Promise<typeof DuckDB>
  ).catch((cause: unknown) => {
    throw error('missing-package', {
      subject: '"format": "duckdb"',
      rule: 'needs the package @duckdb/node-api',
      got: cause instanceof Error ? cause.message.split('\n')[0] : cause,
      hint: 'Install it: npm install @duckdb/node-api.',
      cause,
    });
  });
  const options = database === undefined ? undefined : { access_mode: 'READ_ONLY' };
  return answered(async () => {
    const instance: DuckDBInstance = await instances.create(database ?? ':memory:', options);
    return instance.connect();
  });
}

function next(result: DuckDBResult) {
  return answered(() => result.fetchChunk());
}

/** @throws `data/failed-query` for what DuckDB throws */
async function answered<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw error('failed-query', { subject: QUERY, rule: 'must be one that DuckDB answers', got, cause });
  }
}

/** DuckDB's objects as what a cell may be. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('items' in value && Array.isArray(value.items)) return value.items.map(plain);
  const { name } = value.constructor;
  const text = (value as { toString(): string }).toString();
  if (name.startsWith('DuckDBTimestamp')) return isoTime(text);
  return /^DuckDB(Decimal|Date|Time|TimeNS|UUID)Value$/.test(name) ? text : value;
}

/** `2024-05-06 07:08:09.5` as ISO 8601; a zone, which is that of the machine, goes by its difference to UTC. */
function isoTime(text: string): string {
  const [, date, time, fraction = '', zone] =
    /^(\S+) (\d\d:\d\d:\d\d)(?:\.(\d+?)0*)?([+-]\d\d(?::?\d\d)?)?$/.exec(text) ?? [];
  if (date === undefined) return text;
  const seconds = zone === undefined ? `${date}T${time}` : inUtc(`${date}T${time}${zone}`);
  return fraction.replace(/0+$/, '') === '' ? `${seconds}Z` : `${seconds}.${fraction}Z`;
}

function inUtc(text: string): string {
  const whole = text.replace(/([+-]\d\d)$/, '$1:00').replace(/([+-]\d\d)(\d\d)$/, '$1:$2');
  return new Date(whole).toISOString().slice(0, -5);
}
