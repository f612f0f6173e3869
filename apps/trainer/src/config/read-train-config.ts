import { type TrainConfig, trainConfigSchema } from '@ttrec/training/config';
import { readConfig } from '@ttrec/training/run-folder';
import { usageError } from '../error.ts';

/** A config, and the JSON that it was read from: as written, without the defaults. */
export interface ReadTrainConfig {
  readonly config: TrainConfig;
  readonly written: unknown;
}

export interface ReadTrainConfigOptions {
  readonly kindsFrom?: readonly string[] | undefined;
  /** What the config is for, and what to do with a comparison. */
  readonly purpose?: string;
  readonly hint?: string;
}

/** @throws `trainer/a-comparison`, and what `readConfig` throws */
export async function readTrainConfig(
  path: string,
  options: ReadTrainConfigOptions = {},
): Promise<ReadTrainConfig> {
  const { kindsFrom, purpose = 'trained as one run', hint } = options;
  const check = (written: unknown) => {
    if (!isComparison(written)) return;
    throw usageError('a-comparison', {
      subject: `${path}, variants`,
      rule: `must be left out of what is ${purpose}`,
      got: Array.isArray(written.variants) ? `${written.variants.length} of them` : written.variants,
      hint: hint ?? `This is a comparison: ttrec compare ${path}`,
    });
  };
  return readConfig(trainConfigSchema, path, { kindsFrom, check });
}

export function isComparison(written: unknown): written is { readonly variants: unknown } {
  return typeof written === 'object' && written !== null && 'variants' in written;
}
