import type { Texts } from '../../cells/text-list.ts';
import { LineSplitter } from '../../read/line-splitter.ts';
import { MAX_ENCODING_BYTES, MAX_ENCODING_LINE, MAX_VALUES } from '../../read/limits.ts';
import { readJson } from '@ttrec/core/json';
import { error } from '../../error.ts';
import type {
  CriteoTableEncoding,
  CriteoVocabulary,
  CsvVocabulary,
  Encoding,
  HashEncoding,
  RowEncoding,
} from '../encoding.ts';
import { headerFault, VALUES_PER_LINE, type EncodingHeader, type VocabularyHeader } from './header.ts';
import { policyOf, rowsForUnseen } from '../../ids/unseen.ts';

/**
 * Reads the bytes that `encodingBytes` wrote, in Node or in a page.
 *
 * @param name shown in errors
 * @throws `data/bad-encoding`, naming the line, for other content or another version
 */
export async function decodeEncoding(bytes: Uint8Array, name = 'encoding'): Promise<Encoding> {
  return readEncodingFrom(name, unpacked(name, bytes));
}

/** Takes the values of a vocabulary. */
interface TextSink {
  addTexts(texts: readonly string[]): void;
  finish(): Texts;
}

/** An array of strings: pages, whose scripts are to be small, come without `TextList`. */
function stringSink(): TextSink {
  const values: string[] = [];
  return {
    addTexts(texts) {
      for (const text of texts) values.push(text);
    },
    finish: () => values,
  };
}

/** Reads unpacked bytes. @throws `data/bad-encoding`, and what the bytes throw */
export async function readEncodingFrom(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  sink: () => TextSink = stringSink,
): Promise<Encoding> {
  return new EncodingReader(name, bytes, sink).read();
}

async function* unpacked(name: string, bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const reader = packed.pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } catch (cause) {
    if (cause instanceof TypeError) throw badEncoding(name, 'must be sound gzip', cause.message);
    throw cause;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

class EncodingReader {
  readonly #path: string;
  readonly #lines: AsyncGenerator<string, void>;
  readonly #sink: () => TextSink;
  #line = 0;

  constructor(path: string, bytes: AsyncIterable<Uint8Array>, sink: () => TextSink) {
    this.#sink = sink;
    this.#path = path;
    this.#lines = linesOf(path, bytes);
  }

  async read(): Promise<Encoding> {
    try {
      const encoding = await this.#encoding();
      const { done } = await this.#lines.next();
      if (done !== true)
        throw this.#bad(this.#line + 1, 'the file must end with the last vocabulary', 'more');
      return encoding;
    } finally {
      await this.#lines.return();
    }
  }

  async #encoding(): Promise<Encoding> {
    const header = await this.#next();
    const fault = headerFault(header);
    if (fault !== undefined) throw this.#bad(this.#line, fault, 'another header');
    const { tables: sizes, ...rest } = header as EncodingHeader;
    if (rest.format === 'criteo') {
      const tables = await this.#tables(sizes, (table) => this.#tokens(table));
      // The rules of the header leave no other kind.
      return { ...rest, tables: tables as CriteoTableEncoding[] };
    }
    return { ...rest, tables: await this.#tables(sizes, (table) => this.#strings(table)) };
  }

  async #tables<Vocabulary>(
    sizes: EncodingHeader['tables'],
    read: (table: VocabularyHeader) => Promise<Vocabulary>,
  ): Promise<(HashEncoding | RowEncoding | Vocabulary)[]> {
    const found: (HashEncoding | RowEncoding | Vocabulary)[] = [];
    for (const table of sizes) found.push(table.kind !== 'vocabulary' ? table : await read(table));
    return found;
  }

  async #strings(header: VocabularyHeader): Promise<CsvVocabulary> {
    if (header.size > MAX_VALUES) {
      throw this.#bad(1, `table ${header.table} must have at most ${MAX_VALUES} values`, header.size);
    }
    const values = this.#sink();
    for await (const line of this.#values(header)) values.addTexts(line);
    return { table: header.table, kind: 'vocabulary', values: values.finish(), ...policyOf(header) };
  }

  /** Line by line, so that memory follows the content of the file and not the sizes in its header. */
  async #tokens(header: VocabularyHeader): Promise<CriteoVocabulary> {
    const { table, size } = header;
    const parts: Uint32Array[] = [];
    let emptyRow = 0;
    let row = rowsForUnseen(header);
    for await (const line of this.#values(header)) {
      const tokens = Uint32Array.from(line, (value) => (value === '' ? 0 : this.#token(value)));
      const empty = line.indexOf('');
      if (empty >= 0) emptyRow = row + empty;
      row += line.length;
      parts.push(tokens);
    }
    const values = new Uint32Array(size);
    let at = 0;
    for (const part of parts) {
      values.set(part, at);
      at += part.length;
    }
    return { table, kind: 'vocabulary', values, emptyRow, ...policyOf(header) };
  }

  #token(value: string): number {
    if (/^[0-9a-f]{8}$/.test(value)) return parseInt(value, 16);
    throw this.#bad(this.#line, 'a value must be 8 hexadecimal digits or empty', value);
  }

  /** The lines of one vocabulary. */
  async *#values({ size, perLine = VALUES_PER_LINE }: VocabularyHeader): AsyncGenerator<readonly string[]> {
    for (let rest = size; rest > 0; rest -= perLine) {
      const line = await this.#next();
      const due = Math.min(rest, perLine);
      const isSound =
        Array.isArray(line) && line.length === due && line.every((value) => typeof value === 'string');
      if (!isSound) throw this.#bad(this.#line, `must be ${due} strings`, line);
      yield line;
    }
  }

  async #next(): Promise<unknown> {
    const next = await this.#lines.next();
    this.#line++;
    if (next.done === true) throw this.#bad(this.#line, 'must hold more of the vocabularies', 'the end');
    // The lists of the other lines have no keys that could be there twice.
    if (this.#line === 1) return readJson(error, 'bad-encoding', `${this.#path}, line 1`, next.value);
    try {
      return JSON.parse(next.value) as unknown;
    } catch {
      throw this.#bad(this.#line, 'must be JSON', next.value.slice(0, 40));
    }
  }

  #bad(line: number, rule: string, got: unknown): Error {
    return badEncoding(`${this.#path}, line ${line}`, rule, got);
  }
}

/** @throws `data/bad-encoding` at the limits */
async function* linesOf(path: string, source: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  const lines: string[] = [];
  let count = 0;
  const splitter = new LineSplitter(MAX_ENCODING_LINE, {
    line(bytes, start, end) {
      count++;
      lines.push(decoder.decode(bytes.subarray(start, end)));
    },
    tooLong() {
      const rule = `a line must have at most ${MAX_ENCODING_LINE} bytes`;
      throw badEncoding(`${path}, line ${count + 1}`, rule, 'a longer one');
    },
  });
  let length = 0;
  for await (const bytes of source) {
    length += bytes.length;
    if (length > MAX_ENCODING_BYTES) {
      throw badEncoding(path, `must unpack to at most ${MAX_ENCODING_BYTES} bytes`, 'more');
    }
    splitter.push(bytes);
    yield* lines.splice(0);
  }
  splitter.finish();
  yield* lines;
}

function badEncoding(subject: string, rule: string, got: unknown): Error {
  return error('bad-encoding', { subject, rule, got, hint: 'Use the file that training saved.' });
}
