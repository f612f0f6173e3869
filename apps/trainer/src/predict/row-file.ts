import { resolve } from 'node:path';
import type { RowFile } from '@ttrec/data';
import { openRun, type KindsOptions } from '@ttrec/training/run-folder';
import { stat } from 'node:fs/promises';
import { usageError } from '../error.ts';

/** What stands for standard input or output. */
export const STREAM = '-';

export const rowFormats = ['csv', 'jsonl'] as const;
export type RowFormat = (typeof rowFormats)[number];

/**
 * The format of a file of rows: the one that is asked for, or that of the name, `.gz` aside; CSV for a stream.
 *
 * @throws `trainer/unknown-format`, as wrong usage
 */
export function formatOf(path: string, option: string, asked: RowFormat | undefined): RowFormat {
  if (asked !== undefined) return asked;
  if (path === STREAM) return 'csv';
  const [, name] = /\.(csv|tsv|txt|jsonl|ndjson)(?:\.gz)?$/i.exec(path) ?? [];
  if (name !== undefined) return /^(jsonl|ndjson)$/i.test(name) ? 'jsonl' : 'csv';
  throw usageError('unknown-format', {
    subject: option,
    rule: 'must name a file that ends with .csv, .tsv, .txt, .jsonl or .ndjson',
    got: path,
    hint: `Or give ${option === '--out' ? '--out-format' : '--format'} csv or jsonl.`,
  });
}

/** How rows are read: by the options, else as the run read its own file. */
export async function rowFile(
  source: string,
  path: string,
  options: {
    readonly option: string;
    readonly format?: RowFormat | undefined;
    readonly delimiter?: string | undefined;
    readonly onBadLine?: 'fail' | 'skip' | undefined;
    readonly kindsFrom?: readonly string[] | undefined;
  },
): Promise<RowFile> {
  const { option, delimiter, onBadLine } = options;
  const format = formatOf(path, option, options.format);
  const name = path === STREAM ? 'standard input' : resolve(path);
  if (format === 'jsonl') return { format, path: name, onBadLine };
  const data = await dataConfigOf(source, options);
  const own = data?.format === 'csv' ? data : undefined;
  const tabs = /\.tsv(\.gz)?$/i.test(path) ? '\t' : undefined;
  return {
    format,
    path: name,
    delimiter: delimiter ?? tabs ?? own?.delimiter,
    quote: own?.quote,
    onBadLine,
  };
}

/** The data section of a run; a model file has none. */
async function dataConfigOf(source: string, { kindsFrom }: KindsOptions) {
  const about = await stat(source).catch(() => undefined);
  return about?.isDirectory() === true ? (await openRun(source, { kindsFrom })).config.data : undefined;
}
