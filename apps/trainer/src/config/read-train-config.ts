import { parseConfig, type TrainConfig, trainConfigSchema } from '@ttrec/training/config';
import { readJsonFile } from '@ttrec/training/run-folder';
import { usageError } from '../error.ts';

/** A config, and the JSON that it was read from: what somebody wrote, without the defaults. */
export interface ReadTrainConfig {
  readonly config: TrainConfig;
  readonly written: unknown;
}

/** @throws `trainer/a-comparison`, and what `readJsonFile` and `parseConfig` throw */
export async function readTrainConfig(path: string): Promise<ReadTrainConfig> {
  const written = await readJsonFile(path);
  if (typeof written === 'object' && written !== null && 'variants' in written) {
    throw usageError('a-comparison', {
      subject: `${path}, variants`,
      rule: 'must be left out of what is trained as one run',
      got: Array.isArray(written.variants) ? `${written.variants.length} of them` : written.variants,
      hint: `This is a comparison: ttrec compare ${path}`,
    });
  }
  return { config: parseConfig(trainConfigSchema, written, path), written };
}
