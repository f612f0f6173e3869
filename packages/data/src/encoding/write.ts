import { hexOf } from '../criteo/hex.ts';
import type { Encoding } from './encoding.ts';
import { policyOf, rowsForUnseen } from './unseen.ts';

/** Values a line of the file: what a reader holds at a time beside the vocabularies themselves. */
export const VALUES_PER_LINE = 4096;

/**
 * An encoding as the content of a file: gzip of JSON lines. The first holds everything but vocabularies, of which it
 * gives the sizes; then come these, table after table, in arrays of at most 4096 strings, values by row. A Criteo value
 * is its 8 hexadecimal digits, an empty cell the empty string. The same encoding gives the same bytes. Needs Node.
 */
export async function* encodingBytes(encoding: Encoding): AsyncGenerator<Uint8Array> {
  const [{ createGzip }, { Readable, pipeline }] = await Promise.all([
    import('node:zlib'),
    import('node:stream'),
  ]);
  // An error of either stage surfaces in the iteration; the callback is only there because pipeline wants one.
  yield* pipeline(Readable.from(linesOf(encoding)), createGzip(), () => undefined) as AsyncIterable<Buffer>;
}

/** All of an encoding but its vocabularies, of which there are the sizes. */
export function headerOf(encoding: Encoding): object {
  const tables = encoding.tables.map((table) =>
    table.kind === 'hash'
      ? table
      : { table: table.table, kind: table.kind, size: table.values.length, ...policyOf(table) },
  );
  return { ...encoding, tables };
}

function* linesOf(encoding: Encoding): Generator<string> {
  yield `${JSON.stringify(headerOf(encoding))}\n`;
  for (const table of encoding.tables) {
    if (table.kind === 'hash') continue;
    const { length } = table.values;
    for (let start = 0; start < length; start += VALUES_PER_LINE) {
      const count = Math.min(VALUES_PER_LINE, length - start);
      yield `${JSON.stringify(Array.from({ length: count }, (_, i) => valueAt(table, start + i)))}\n`;
    }
  }
}

function valueAt(table: Extract<Encoding['tables'][number], { kind: 'vocabulary' }>, at: number): string {
  const value = table.values[at]!;
  if (typeof value === 'string') return value;
  return 'emptyRow' in table && table.emptyRow === at + rowsForUnseen(table) ? '' : hexOf(value);
}
