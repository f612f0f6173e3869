import { checkArgument } from '@ttrec/core/options';
import { error } from '../../error.ts';
import { hexOf } from '../../criteo/vocabularies/hex.ts';
import { MAX_CSV_CELL } from '../../read/limits.ts';
import type { Encoding } from '../encoding.ts';
import { VALUES_PER_LINE } from './header.ts';
import { policyOf, rowsForUnseen } from '../../ids/unseen.ts';

/**
 * An encoding as the content of a file: gzip of JSON lines. The first line is the header, which has everything but the values of vocabularies.
 * The values follow, table by table and row by row, in arrays of 4096 strings, or of `perLine` if values are long. A Criteo value is its 8
 * hexadecimal digits, an empty cell the empty string. The same encoding gives the same bytes.
 */
export async function* encodingBytes(encoding: Encoding): AsyncGenerator<Uint8Array> {
  checkArgument(error, 'encodingBytes, encoding', encoding, 'an encoding', 'format', 'tables');
  const lines = linesOf(encoding);
  const encoder = new TextEncoder();
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const next = lines.next();
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
  });
  const reader = source.pipeThrough(new CompressionStream('gzip')).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** An encoding with the sizes of its vocabularies in place of their values. */
export function headerOf(encoding: Encoding): object {
  const tables = encoding.tables.map((table) =>
    table.kind !== 'vocabulary'
      ? table
      : {
          table: table.table,
          kind: table.kind,
          size: table.values.length,
          perLine: perLineOf(table) < VALUES_PER_LINE ? perLineOf(table) : undefined,
          ...policyOf(table),
        },
  );
  return { ...encoding, tables };
}

function* linesOf(encoding: Encoding): Generator<string> {
  yield `${JSON.stringify(headerOf(encoding))}\n`;
  for (const table of encoding.tables) {
    if (table.kind !== 'vocabulary') continue;
    const { length } = table.values;
    const perLine = perLineOf(table);
    for (let start = 0; start < length; start += perLine) {
      yield `${JSON.stringify(valuesIn(table, start, start + perLine))}\n`;
    }
  }
}

type Vocabulary = Extract<Encoding['tables'][number], { kind: 'vocabulary' }>;

/** Values a line, so that a line has at most 2^20 characters. JSON takes at most six bytes for one. */
function perLineOf({ values }: Vocabulary): number {
  if (values instanceof Uint32Array) return VALUES_PER_LINE;
  let longest = 1;
  for (const { length } of values) longest = Math.max(longest, length);
  return Math.max(1, Math.min(VALUES_PER_LINE, Math.floor(MAX_CSV_CELL / longest)));
}

function valuesIn(table: Vocabulary, start: number, end: number): readonly string[] {
  if (!('emptyRow' in table)) return table.values.slice(start, end);
  const empty = table.emptyRow - rowsForUnseen(table);
  return Array.from(table.values.subarray(start, end), (value, i) =>
    start + i === empty ? '' : hexOf(value),
  );
}
