import { isTtrecError, TtrecError } from '@ttrec/core';
import type { BadLine, Progress } from '@ttrec/data';
import type { RawRow } from '@ttrec/data/encoding';
import { readRows, type RowFile } from '@ttrec/data/rows';
import type { Ranker, Scores } from '@ttrec/serving';
import { STREAM } from './row-file.ts';

/** Rows of a file with their scores. */
export interface ScoredBlock {
  readonly rows: readonly RawRow[];
  /** The line in which each row starts. */
  readonly lines: readonly number[];
  readonly scores: Scores;
}

/** Counts of what was left out, and of what was not found. */
export interface Skipped {
  count: number;
  readonly first: Pick<BadLine, 'line' | 'rule'>[];
  /** Rows without a row in a joined file, by its path. They are scored with missing values. */
  unmatched: Readonly<Record<string, number>>;
}

const KEPT = 10;

/** What reads a file, or standard input. */
export function inputBytes(path: string): { readonly bytes?: AsyncIterable<Uint8Array> } {
  return path === STREAM ? { bytes: process.stdin } : {};
}

/**
 * Scores a file block by block, in constant memory. A row that the model cannot read is an error that names its line, or is skipped and
 * counted.
 */
export async function* scoredRows(
  ranker: Ranker,
  file: RowFile,
  options: {
    readonly keep: readonly string[];
    readonly input: string;
    readonly skipped: Skipped;
    readonly onProgress: (progress: Progress) => void;
  },
): AsyncGenerator<ScoredBlock> {
  const { keep, input, skipped, onProgress } = options;
  const columns = [...new Set([...keep, ...ranker.columns.map(({ name }) => name)])];
  const blocks = readRows(file, { columns, onProgress, ...inputBytes(input) });
  let before = 0;
  for await (const block of blocks) {
    const { rows, lines, encoded } = encodedRows(ranker, file, block, skipped);
    if (rows.length > 0) yield { rows, lines, scores: await ranker.scoreEncoded(encoded) };
    skipped.count += blocks.badLines.count - before;
    before = blocks.badLines.count;
  }
  skipped.unmatched = blocks.unmatched;
  skipped.count += blocks.badLines.count - before;
  skipped.first.push(...blocks.badLines.first.slice(0, KEPT - skipped.first.length));
}

interface Rows {
  readonly rows: readonly RawRow[];
  readonly lines: readonly number[];
}

/** The rows of a block that the model can read, as ids and numbers. */
function encodedRows(ranker: Ranker, file: RowFile, { rows, lines }: Rows, skipped: Skipped) {
  const { encoder } = ranker;
  try {
    return { rows, lines, encoded: encoder.encode(rows) };
  } catch (thrown) {
    if (!isTtrecError(thrown)) throw thrown;
  }
  // Row by row, to find those at fault.
  const sound = rows.flatMap((row, at) => {
    try {
      encoder.encode([row]);
      return [at];
    } catch (thrown) {
      const fault = atLine(thrown, file.path, lines[at]!);
      if (file.onBadLine !== 'skip' || !isTtrecError(fault)) throw fault;
      skipped.count++;
      if (skipped.first.length < KEPT) skipped.first.push({ line: lines[at]!, rule: fault.parts.rule });
      return [];
    }
  });
  const left = sound.map((at) => rows[at]!);
  return { rows: left, lines: sound.map((at) => lines[at]!), encoded: encoder.encode(left) };
}

/** The same error, which names the line of the file in place of the row of a call. */
function atLine(thrown: unknown, path: string, line: number): unknown {
  if (!isTtrecError(thrown)) return thrown;
  const [packageName, rule] = thrown.code.split('/') as [string, string];
  const subject = `${path}, ${thrown.parts.subject.replace(/^row 0/, `line ${line}`)}`;
  const hint = thrown.parts.hint ?? 'Mend the line, or skip such lines (--on-bad-line skip).';
  return new TtrecError(packageName, rule, { ...thrown.parts, subject, hint, cause: thrown });
}
