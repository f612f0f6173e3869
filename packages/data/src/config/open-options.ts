import { RandomStream } from '@ttrec/core';
import { checkOptions } from '@ttrec/core/options';
import type { DataConfig } from './data-config.ts';
import type { Encoding } from '../encoding/encoding.ts';
import type { RowSource } from '../encoding/raw-rows.ts';
import { error } from '../error.ts';
import { nodeModule } from '../node-module.ts';
import { checkEncoding } from '../encoding/checks/check-encoding.ts';
import type { ReadingWorkers } from '../parts/reading-workers.ts';
import type { FileLike } from '../read/read-files.ts';

/** How far opening a dataset has come. */
export interface Progress {
  /** `read`, `join FILE` and `known positives` read files; `encode` turns what was read into ids. */
  readonly phase: string;
  readonly rows: number;
  /** Bytes of the file as stored, before unpacking. */
  readonly bytesRead?: number;
  readonly totalBytes?: number;
}

export interface OpenOptions {
  /** For random splits, shuffling and synthetic rows. An integer from 0 to 2^53 - 1; 0 by default. */
  readonly seed?: number | undefined;
  /** Where relative paths of the config start; the working directory by default. */
  readonly baseDirectory?: string | undefined;
  /** Called every few thousand rows. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /**
   * The encoding of a trained model, to score the model on other data. Nothing is learnt from the rows, and all of them are in the `test`
   * split, whatever the config's split.
   */
  readonly scoring?: Encoding | undefined;
  /** With `scoring` and `negatives`: the data that the model was trained on. Its positives are not drawn as negatives either. */
  readonly known?: DataConfig | undefined;
  /**
   * The encoding of a trained model, to go on training it. Known values keep their rows, new values of the training rows follow by
   * frequency, and dense columns keep their mean and deviation. If a split by a column has all rows past its boundary, the share of rows
   * that was held out before is held out again.
   */
  readonly extending?: Encoding | undefined;
  /**
   * Files by the path that the config gives them, instead of the file system: files that a visitor of a page has dropped. A `File` or
   * `Blob` will do.
   */
  readonly files?: Readonly<Record<string, FileLike>> | undefined;
  /** With `"format": "rows"`: returns the rows, the same in the same order whenever it is called. */
  readonly rows?: (() => RowSource) | undefined;
  /**
   * Workers that open the same data with the same options. Each parses a part of a CSV, JSON lines, Parquet or Criteo file and counts a part of the
   * values; all of them get the dataset that one would get.
   */
  readonly workers?: ReadingWorkers | undefined;
  /**
   * Whether a separate thread reads rows from disk, ahead of the caller. The batches are the same. In Node the default is true if the machine has
   * more processors than it runs `workers`, 1 without them; in a page it is false. A page passes the address of a worker that runs
   * `@ttrec/data/reading-worker`; Node has its own worker, and takes an address for the default.
   */
  readonly readingThread?: boolean | { readonly workerUrl: string } | undefined;
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
    known: 'any',
    files: 'any',
    rows: 'any',
    workers: 'any',
    readingThread: 'any',
  });
  const { seed = 0, onProgress, scoring, extending, known, files, rows } = options;
  if (known !== undefined && !scoring) {
    const rule = 'must go with `scoring`';
    throw error('bad-options', { subject: 'openDataset, known', rule, got: 'no `scoring`' });
  }
  if (scoring && extending) {
    const rule = 'must have `scoring` or `extending`, not both';
    throw error('bad-options', { subject: 'openDataset', rule, got: 'both' });
  }
  checkReadingThread(options.readingThread);
  if (scoring !== undefined) checkEncoding(scoring);
  if (extending !== undefined) checkEncoding(extending);
  for (const [name, option] of Object.entries({ onProgress, rows })) {
    if (option === undefined || typeof option === 'function') continue;
    throw error('bad-option', { subject: `openDataset, ${name}`, rule: 'must be a function', got: option });
  }
  // Throws for an invalid seed before a file is read.
  new RandomStream(seed, 'data');
  for (const [path, file] of Object.entries(files ?? {})) checkFile(path, file);
  return { ...options, seed };
}

function checkReadingThread(given: unknown): void {
  const isPage = nodeModule('node:worker_threads') === undefined;
  if (given === undefined || given === false || (given === true && !isPage)) return;
  if (typeof (Object(given) as { workerUrl?: unknown }).workerUrl === 'string') return;
  const rule = isPage
    ? 'must be { workerUrl } or false in a page'
    : 'must be true or false, or { workerUrl }';
  throw error('bad-option', { subject: 'openDataset, readingThread', rule, got: given });
}

/** Callers in plain JavaScript have no compiler to check it. */
function checkFile(path: string, file: unknown): void {
  const { size, stream } = Object(file) as Partial<FileLike>;
  if (typeof size === 'number' && typeof stream === 'function') return;
  throw error('bad-option', {
    subject: `openDataset, files, ${path}`,
    rule: 'must be a File or a Blob',
    got: file,
  });
}
