import { type TrainConfig, trainConfigSchema } from '@ttrec/training/config';
import { readConfig } from '@ttrec/training/run-folder';
import { usageError } from '../error.ts';

/** A config, and the JSON that it was read from: what somebody wrote, without the defaults. */
export interface ReadTrainConfig {
  readonly config: TrainConfig;
  readonly written: unknown;
}

/** @throws `trainer/a-comparison`, and what `readConfig` throws */
export async function readTrainConfig(
  path: string,
  { kindsFrom }: { readonly kindsFrom?: readonly string[] | undefined } = {},
): Promise<ReadTrainConfig> {
  const check = (written: unknown) => {
    if (!isComparison(written)) return;
    throw usageError('a-comparison', {
      subject: `${path}, variants`,
      rule: 'must be left out of what is trained as one run',
      got: Array.isArray(written.variants) ? `${written.variants.length} of them` : written.variants,
      hint: `This is a comparison: ttrec compare ${path}`,
    });
  };
  return readConfig(trainConfigSchema, path, { kindsFrom, check });
}

export function isComparison(written: unknown): written is { readonly variants: unknown } {
  return typeof written === 'object' && written !== null && 'variants' in written;
}
