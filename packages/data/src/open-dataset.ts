import { checkDataConfig, type DataConfig } from './config/data-config.ts';
import type { Dataset, ProgressListener } from './dataset.ts';
import type { Encoding } from './encoding/encoding.ts';
import { refuseEncoding } from './encoding/require-fit.ts';
import { openCriteo } from './criteo/open.ts';
import { openCsv } from './csv/open.ts';
import { resolvePath } from './read-bytes.ts';
import { error } from './error.ts';
import type { Files } from './read-files.ts';
import { openSynthetic } from './synthetic/open.ts';

export interface OpenOptions {
  /** Of splits, shuffling and synthetic rows. An integer from 0 to 2^53 - 1. */
  readonly seed: number;
  /** Where relative paths of the config start; the working directory by default. */
  readonly baseDirectory?: string;
  readonly onProgress?: ProgressListener;
  /**
   * Scores a trained model on other data: the rows are encoded as this says, nothing is learnt from them, and every one
   * is held out (`test`), whatever the config's split says.
   */
  readonly scoring?: Encoding;
  /**
   * Goes on training a model: values that this encoding knows keep their rows, and those of training rows that it lacks get
   * new ones behind them, by frequency; dense columns keep their mean and deviation.
   */
  readonly extending?: Encoding;
  /**
   * CSV files by the path that the config gives them, in place of the file system: what a visitor of a page has dropped. A
   * `File` or `Blob` will do.
   */
  readonly files?: Files;
}

/**
 * Opens the data that a config describes. Paths need Node; a synthetic stream and CSV `files` also open in a page.
 *
 * @throws `data/bad-config`; `data/unsupported-files`, `data/file-not-found`, `data/unreadable-file`, `data/empty-file`, `data/truncated-gzip`,
 * `data/corrupt-gzip`; `data/malformed-line`, `data/wrong-column-count`, `data/malformed-csv`;
 * `data/unknown-column`, `data/duplicate-column`, `data/duplicate-feature`, `data/conflicting-ids`, `data/label-leak`;
 * `data/no-usable-rows`, `data/no-training-rows`, `data/one-class`, `data/unseen-value`; `data/dense-overflow`; `data/stream-too-long`; `core/bad-seed`; with `scoring` or `extending`
 * `data/encoding-mismatch`, `data/bad-encoding`
 */
export async function openDataset(config: DataConfig, options: OpenOptions): Promise<Dataset> {
  const checked = checkDataConfig(config);
  const resolve = async (path: string) => (options.files ? path : resolvePath(path, options.baseDirectory));
  const known = options.scoring ?? options.extending;
  switch (checked.format) {
    case 'criteo':
      if (options.files) throw filesAreCsv();
      return openCriteo(checked, await resolve(checked.path), options);
    case 'csv': {
      const join = await Promise.all(
        checked.join.map(async (side) => ({ ...side, path: await resolve(side.path) })),
      );
      return openCsv({ ...checked, join, path: await resolve(checked.path) }, options);
    }
    case 'synthetic':
      return known ? refuseEncoding(checked, known) : openSynthetic(checked, options.seed);
  }
}

function filesAreCsv() {
  return error('unsupported-files', {
    subject: 'files',
    rule: 'are read as CSV only',
    got: 'a criteo config',
    hint: 'Give a path, in Node.',
  });
}
