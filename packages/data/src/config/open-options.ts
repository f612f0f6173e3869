import { checkOptions, RandomStream } from '@ttrec/core';
import type { ProgressListener } from '../dataset.ts';
import type { Encoding } from '../encoding/encoding.ts';
import { error } from '../error.ts';
import { checkEncoding } from '../encoding/check-encoding.ts';
import type { FileLike, Files } from '../read/read-files.ts';

export interface OpenOptions {
  /** Of splits, shuffling and synthetic rows. An integer from 0 to 2^53 - 1; 0 by default. */
  readonly seed?: number | undefined;
  /** Where relative paths of the config start; the working directory by default. */
  readonly baseDirectory?: string | undefined;
  readonly onProgress?: ProgressListener | undefined;
  /**
   * Scores a trained model on other data: the rows are encoded as this says, nothing is learnt from them, and every one
   * is held out (`test`), whatever the config's split says.
   */
  readonly scoring?: Encoding | undefined;
  /**
   * Goes on training a model: values that this encoding knows keep their rows, and those of training rows that it lacks get
   * new ones behind them, by frequency; dense columns keep their mean and deviation.
   */
  readonly extending?: Encoding | undefined;
  /**
   * CSV files by the path that the config gives them, in place of the file system: what a visitor of a page has dropped. A
   * `File` or `Blob` will do.
   */
  readonly files?: Files | undefined;
}

export type CheckedOpenOptions = OpenOptions & { readonly seed: number };

/** @throws `data/bad-options`, `data/unknown-option`, `data/bad-option`, `data/bad-encoding` */
export function checkOpenOptions(options: OpenOptions): CheckedOpenOptions {
  checkOptions(error, 'openDataset', options, {
    seed: 'any',
    baseDirectory: 'string',
    onProgress: 'any',
    scoring: 'any',
    extending: 'any',
    files: 'any',
  });
  const { seed = 0, onProgress, scoring, extending, files } = options;
  if (scoring && extending) {
    const rule = 'must have `scoring` or `extending`, not both';
    throw error('bad-options', { subject: 'openDataset', rule, got: 'both' });
  }
  if (scoring !== undefined) checkEncoding(scoring);
  if (extending !== undefined) checkEncoding(extending);
  if (!['undefined', 'function'].includes(typeof onProgress)) {
    throw error('bad-option', {
      subject: 'openDataset, onProgress',
      rule: 'must be a function',
      got: onProgress,
    });
  }
  // Throws for a seed that is none, before a file is read.
  new RandomStream(seed, 'data');
  for (const [path, file] of Object.entries(files ?? {})) checkFile(path, file);
  return { ...options, seed };
}

/** For callers in plain JavaScript. */
function checkFile(path: string, file: unknown): void {
  const { size, stream } = Object(file) as Partial<FileLike>;
  if (typeof size === 'number' && typeof stream === 'function') return;
  throw error('bad-option', {
    subject: `openDataset, files, ${path}`,
    rule: 'must be a File or a Blob',
    got: file,
  });
}
