import type { BadLines } from '../../read/bad-lines.ts';
import { checkedFormat } from '../../read/first-bytes.ts';
import { LineSplitter, type LineHandler } from '../../read/line-splitter.ts';
import { MAX_CRITEO_LINE } from '../../read/limits.ts';
import { type BytesRead, readBytes } from '../../read/read-bytes.ts';
import type { ByteReader } from '../../read/read-files.ts';
import { describeFault } from './describe-fault.ts';
import { parseLine } from './parse-line.ts';
import { CriteoRows } from '../rows.ts';

/** That of UTF-8, which some programs write in front of a file. */
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;
/** A block stays in the caches of the processor while its columns are taken one by one. */
export const ROWS_PER_BLOCK = 2048;

/**
 * The rows of a Criteo file in blocks, in order, every block but the last full. Lines end with LF or CRLF, the last
 * one with the file if it likes; a byte order mark in front is passed over.
 *
 * @param part a reader of a part of the file, and whether it is the first
 * @throws as `readBytes`, `checkedFormat` and `BadLines.add` do; `data/no-usable-rows` if no line is a row
 */
export async function* readCriteoRows(
  path: string,
  badLines: BadLines,
  progress: BytesRead,
  part: { readonly read: ByteReader; readonly isFirst: boolean } = { read: readBytes, isFirst: true },
): AsyncGenerator<CriteoRows> {
  const reader = new RowGatherer(path, badLines, part.isFirst);
  const lines = new LineSplitter(MAX_CRITEO_LINE, reader);
  let blocks = 0;
  for await (const chunk of checkedFormat(path, part.read(path, progress), 'a Criteo log')) {
    lines.push(chunk);
    for (; reader.blocks.length > 1; blocks++) yield reader.blocks.shift()!;
  }
  lines.finish();
  for (const block of reader.blocks) {
    if (block.length > 0) yield block;
    else if (blocks === 0) throw badLines.noRows(path);
    blocks++;
  }
}

/** Counts lines and gathers the sound ones. */
class RowGatherer implements LineHandler {
  /** All but the last are full. */
  readonly blocks = [new CriteoRows(ROWS_PER_BLOCK)];
  readonly #path: string;
  readonly #badLines: BadLines;
  /** Whether the next line is the first of the file. */
  #isFirst: boolean;
  #line = 0;

  constructor(path: string, badLines: BadLines, isFirst: boolean) {
    this.#path = path;
    this.#badLines = badLines;
    this.#isFirst = isFirst;
  }

  line(bytes: Uint8Array, from: number, end: number): void {
    const isMarked = this.#isFirst && BYTE_ORDER_MARK.every((byte, i) => bytes[from + i] === byte);
    this.#isFirst = false;
    this.#line++;
    const start = isMarked ? from + BYTE_ORDER_MARK.length : from;
    const rows = this.blocks.at(-1)!;
    if (!parseLine(bytes, start, end, rows)) {
      this.#badLines.add(describeFault(textOf(bytes, start, end), this.#path, this.#line));
    }
    if (rows.length === ROWS_PER_BLOCK) this.blocks.push(new CriteoRows(ROWS_PER_BLOCK));
  }

  tooLong(start: Uint8Array): void {
    this.#isFirst = false;
    this.#badLines.add({
      kind: 'malformed-line',
      file: this.#path,
      line: ++this.#line,
      rule: `a line must have at most ${MAX_CRITEO_LINE} bytes`,
      got: `one that starts with ${textOf(start, 0, 40)}`,
    });
  }
}

/** A character a byte. */
function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.subarray(start, end)).toString('latin1');
}
