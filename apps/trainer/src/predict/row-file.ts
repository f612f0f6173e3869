import { resolve } from 'node:path';
import type { RowFile } from '@ttrec/data/rows';
import { openRun, type KindsOptions } from '@ttrec/training/run-folder';
import { stat } from 'node:fs/promises';
import { usageError } from '../error.ts';

/** What stands for standard input or output. */
export const STREAM = '-';

export const rowFormats = ['csv', 'jsonl', 'parquet', 'criteo'] as const;
type RowFormat = (typeof rowFormats)[number];

/** What scores are written as. */
export const scoreFormats = ['csv', 'jsonl'] as const;
export type ScoreFormat = (typeof scoreFormats)[number];

const byExtension: readonly (readonly [RegExp, RowFormat])[] = [
  [/\.(jsonl|ndjson)(\.gz)?$/i, 'jsonl'],
  [/\.csv(\.gz)?$/i, 'csv'],
  [/\.(tsv|txt)(\.gz)?$/i, 'csv'],
  [/\.(parquet|pq)$/i, 'parquet'],
];

/**
 * The format of a file of scores: the one that is asked for, or that of the name; CSV for a stream.
 *
 * @throws `trainer/unknown-format`, as wrong usage
 */
export function scoreFormat(path: string, asked: ScoreFormat | undefined): ScoreFormat {
  if (asked !== undefined) return asked;
  const format = path === STREAM ? 'csv' : formatByName(path);
  if (format === 'csv' || format === 'jsonl') return format;
  throw unknownFormat('--out', path, '.csv, .tsv, .txt, .jsonl or .ndjson', '--out-format csv or jsonl');
}

/** How rows are read: by the options, else as the run read its own file. @throws `trainer/unknown-format`, as wrong usage */
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
  const run = await runOf(source, options);
  const data = run?.config.data;
  const format = options.format ?? formatOf(path, data?.format === 'criteo');
  if (format === undefined) {
    const names = '.csv, .tsv, .txt, .jsonl, .ndjson or .parquet';
    throw unknownFormat(
      option,
      path,
      names,
      `--format ${rowFormats.join(', ').replace(/, (\w+)$/, ' or $1')}`,
    );
  }
  if (path === STREAM && format === 'parquet') {
    throw usageError('parquet-stream', {
      subject: option,
      rule: 'must name a file, as Parquet is read in ranges',
      got: path,
    });
  }
  const own = data?.format === 'csv' ? data : undefined;
  const tabs = /\.tsv(\.gz)?$/i.test(path) ? '\t' : undefined;
  const join = data && 'join' in data ? data.join : [];
  return {
    format,
    path: path === STREAM ? 'standard input' : resolve(path),
    ...(format === 'csv' && { delimiter: delimiter ?? tabs ?? own?.delimiter, quote: own?.quote }),
    join: join.map((side) => ({ ...side, path: resolve(run!.baseDirectory, side.path) })),
    onBadLine,
  };
}

/** Names that stand for text with a header are those of Criteo's own files for a run that was trained on such. */
function formatOf(path: string, isCriteo: boolean): RowFormat | undefined {
  const format = path === STREAM ? 'csv' : formatByName(path);
  return isCriteo && (format === undefined || (format === 'csv' && !/\.csv(\.gz)?$/i.test(path)))
    ? 'criteo'
    : format;
}

function formatByName(path: string): RowFormat | undefined {
  return byExtension.find(([pattern]) => pattern.test(path))?.[1];
}

function unknownFormat(option: string, path: string, names: string, flags: string) {
  return usageError('unknown-format', {
    subject: option,
    rule: `must name a file that ends with ${names}`,
    got: path,
    hint: `Or give ${flags}.`,
  });
}

/** The run in a folder; a model file has no config. */
async function runOf(source: string, { kindsFrom }: KindsOptions) {
  const about = await stat(source).catch(() => undefined);
  return about?.isDirectory() === true ? openRun(source, { kindsFrom }) : undefined;
}
