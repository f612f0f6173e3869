import { JsonFault, parseJson } from '@ttrec/core/json';
import type { BadLines } from '../read/bad-lines.ts';
import { checkedFormat } from '../read/first-bytes.ts';
import { LineSplitter } from '../read/line-splitter.ts';
import { MAX_JSON_LINE } from '../read/limits.ts';
import { textIn } from '../cells/cells.ts';
import { RowCounter, type Reading } from '../records/record-handler.ts';

/** The objects of some lines, with their line numbers, counted from 1. */
export interface ObjectBlock {
  readonly objects: Readonly<Record<string, unknown>>[];
  readonly lines: number[];
}

const OBJECT_RULE = 'a line must be a JSON object';

/**
 * Reads JSON lines, plain or gzip: one object a line. Blank lines are passed over; other lines go to `badLines`. Numbers of 16 digits and more, which
 * a double may not hold, become text of the same digits.
 *
 * @throws as the `ByteReader` and `checkedFormat` do; `data/empty-file` if there is no object, `data/no-usable-rows` if all lines were skipped
 */
export async function* readJsonObjects(
  path: string,
  badLines: BadLines,
  reading: Reading,
): AsyncGenerator<ObjectBlock> {
  const counter = new RowCounter(reading);
  let block: ObjectBlock = { objects: [], lines: [] };
  let count = 0;
  const fault = (rule: string, got: string) =>
    badLines.add({ kind: 'malformed-line', file: path, line: count, rule, got });
  const splitter = new LineSplitter(MAX_JSON_LINE, {
    line(bytes, start, end) {
      count++;
      const text = textIn(bytes, start, end).replace(/^\ufeff/, '');
      if (text.trim() === '') return;
      const value = parsed(text);
      if (value instanceof JsonFault) fault(value.rule, value.got);
      else if (typeof value !== 'object' || value === null || Array.isArray(value)) fault(OBJECT_RULE, text);
      else {
        block.objects.push(value as Record<string, unknown>);
        block.lines.push(count);
        counter.rows++;
      }
    },
    tooLong(start) {
      count++;
      fault(
        `a line must have at most ${MAX_JSON_LINE} bytes`,
        `one that starts with ${textIn(start, 0, 40)}`,
      );
    },
  });
  const taken = () => {
    const full = block;
    block = { objects: [], lines: [] };
    return full;
  };
  for await (const chunk of checkedFormat(path, reading.read(path, counter.bytes), 'JSON lines')) {
    splitter.push(chunk);
    counter.report();
    if (block.objects.length > 0) yield taken();
  }
  splitter.finish();
  if (counter.rows === 0) throw badLines.noRows(path);
  counter.finish();
  yield taken();
}

/** The value of a line; undefined if it is not JSON, a fault if JavaScript would lose a part of it. */
function parsed(text: string): unknown {
  try {
    return parseJson(/\d{16}/.test(text) ? withLongNumbersQuoted(text) : text);
  } catch (thrown) {
    return thrown instanceof JsonFault && thrown.kind !== 'syntax' ? thrown : undefined;
  }
}

/** Strings, which stay as they are, and numbers. */
const tokens = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

function withLongNumbersQuoted(text: string): string {
  return text.replace(tokens, (token) =>
    token.startsWith('"') || !/^-?\d{16,}$/.test(token) || String(Number(token)) === token
      ? token
      : `"${token}"`,
  );
}
