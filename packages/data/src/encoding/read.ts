import { z } from 'zod';
import { error } from '../error.ts';
import { checkedFormat } from '../read/first-bytes.ts';
import { LineSplitter } from '../read/line-splitter.ts';
import { MAX_ENCODING_BYTES, MAX_ENCODING_LINE, MAX_VALUES } from '../read/limits.ts';
import { readBytes } from '../read/read-bytes.ts';
import {
  ENCODING_VERSION,
  type CriteoVocabulary,
  type CsvVocabulary,
  type Encoding,
  type HashEncoding,
} from './encoding.ts';
import { policyOf, rowsForUnseen } from '../ids/unseen.ts';
import { VALUES_PER_LINE } from './write.ts';

const MAX_ROWS = 4294967295;
const text = z.string();
const share = z.number().min(0).max(1);
const tables = z.array(
  z.discriminatedUnion('kind', [
    z.strictObject({ table: text, kind: z.literal('hash'), buckets: z.int().min(2).max(MAX_ROWS) }),
    z.strictObject({
      table: text,
      kind: z.literal('vocabulary'),
      size: z
        .int()
        .min(0)
        .max(MAX_ROWS - 1),
      perLine: z.int().min(1).max(VALUES_PER_LINE).optional(),
      unseen: z.enum(['oov', 'hash', 'error']).optional(),
      unseenRows: z.int().min(1).max(MAX_ROWS).optional(),
    }),
  ]),
);
const common = { version: z.literal(ENCODING_VERSION), baseRate: z.number().gt(0).lt(1), tables };

const header = z.discriminatedUnion('format', [
  z.strictObject({ format: z.literal('criteo'), ...common }),
  z.strictObject({
    format: z.literal('csv'),
    ...common,
    heldOut: z.strictObject({ validation: share, test: share }).optional(),
    dense: z.array(
      z.strictObject({
        column: text,
        transform: z.enum(['none', 'log1p', 'standardise']),
        missing: z.number(),
        statistics: z.strictObject({ mean: z.number(), deviation: z.number().positive() }).optional(),
      }),
    ),
    features: z.array(z.strictObject({ name: text, column: text, table: text, separator: text.optional() })),
  }),
]);

/**
 * Reads a file that `encodingBytes` wrote. Needs Node. Holds one line of the file beside the result.
 *
 * @throws `data/bad-encoding`, naming the line, for other content or another version; `data/wrong-format`; for the file itself
 * `data/file-not-found`, `data/unreadable-file`, `data/empty-file`, `data/truncated-gzip`, `data/corrupt-gzip`
 */
export async function readEncoding(path: string): Promise<Encoding> {
  const reader = new EncodingReader(path);
  return reader.read();
}

type VocabularyHeader = Extract<z.output<typeof tables>[number], { kind: 'vocabulary' }>;

class EncodingReader {
  readonly #path: string;
  readonly #lines: AsyncGenerator<string, void>;
  #line = 0;

  constructor(path: string) {
    this.#path = path;
    this.#lines = linesOf(path);
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
    const found = header.safeParse(await this.#next());
    if (!found.success) {
      const { path, message } = found.error.issues[0]!;
      throw this.#bad(this.#line, [...path.map(String), message].join(': '), 'another header');
    }
    const { tables: sizes, ...rest } = found.data;
    if (rest.format === 'criteo') {
      return { ...rest, tables: await this.#tables(sizes, (table) => this.#tokens(table)) };
    }
    return { ...rest, tables: await this.#tables(sizes, (table) => this.#strings(table)) };
  }

  async #tables<Vocabulary>(
    sizes: z.output<typeof tables>,
    read: (table: VocabularyHeader) => Promise<Vocabulary>,
  ): Promise<(HashEncoding | Vocabulary)[]> {
    const found: (HashEncoding | Vocabulary)[] = [];
    for (const table of sizes) found.push(table.kind === 'hash' ? table : await read(table));
    return found;
  }

  async #strings(header: VocabularyHeader): Promise<CsvVocabulary> {
    if (header.size > MAX_VALUES) {
      throw this.#bad(1, `table ${header.table} must have at most ${MAX_VALUES} values`, header.size);
    }
    const values: string[] = [];
    for await (const line of this.#values(header)) for (const value of line) values.push(value);
    return { table: header.table, kind: 'vocabulary', values, ...policyOf(header) };
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
async function* linesOf(path: string): AsyncGenerator<string, void> {
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
  const read = readBytes(path, { bytesRead: 0, totalBytes: 0 });
  for await (const bytes of checkedFormat(path, read, 'the encoding of a run')) {
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
