import type { Dataset } from '@ttrec/data';
import { encodingDigest, type Encoding } from '@ttrec/data/encoding';
import type { TrainConfig } from '../config/train-config.ts';
import { error } from '../error.ts';
import { firstDifference, fixedPart, valueAt } from './same-config.ts';

/**
 * What weights mean nothing without, saved with them: files of several runs that were mixed up do not pass for one run.
 */
export interface TrainedWith {
  /** All of the config that results depend on. */
  readonly config: unknown;
  /** Digest of the encoding; absent for synthetic data, which has none. */
  readonly encoding?: string | undefined;
  /** Digest of the rows, their labels and their order. */
  readonly data: string;
}

/** What a run folder holds beside its weights, and its data where that has been opened. */
export interface FoundWith {
  readonly config: TrainConfig;
  readonly encoding: Encoding | undefined;
  readonly data?: Pick<Dataset, 'digest' | 'report'> | undefined;
}

export function trainedWith(config: TrainConfig, { encoding, digest }: Dataset): TrainedWith {
  return { config: fixedPart(config), encoding: encoding && encodingDigest(encoding), data: digest };
}

/**
 * Checks that weights are used with what they were trained with.
 * @param saved from a checkpoint
 * @param path of that checkpoint
 * @throws `training/mixed-runs` for a config or an encoding of another run, `training/data-changed` for other rows
 */
export function requireTrainedWith(saved: TrainedWith, found: FoundWith, path: string): void {
  const config = fixedPart(found.config);
  const key = firstDifference(config, saved.config);
  if (key !== undefined) {
    throw error('mixed-runs', {
      subject: `${path}, ${key}`,
      rule: `must be as in the config of its run, ${JSON.stringify(valueAt(config, key))}`,
      got: valueAt(saved.config, key),
      hint: 'The checkpoint or the config was copied from another run.',
    });
  }
  if (saved.encoding !== (found.encoding && encodingDigest(found.encoding))) {
    throw error('mixed-runs', {
      subject: path,
      rule: 'must have been trained with the encoding of its run',
      got: 'weights of another encoding',
      hint: 'The checkpoint or the encoding was copied from another run.',
    });
  }
  if (found.data === undefined || found.data.digest === saved.data) return;
  throw error('data-changed', {
    subject: found.data.report.source,
    rule: `must hold the rows that ${path} was trained on, with their labels and in their order`,
    got: 'other rows',
    hint: '"ttrec evaluate --data" scores other rows, "ttrec train --from" goes on training with them.',
  });
}
