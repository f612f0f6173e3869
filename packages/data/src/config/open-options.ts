import type { ProgressListener } from '../dataset.ts';
import type { Encoding } from '../encoding/encoding.ts';
import type { Files } from '../read/read-files.ts';

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
