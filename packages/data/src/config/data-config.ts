import { z } from 'zod';
import { error } from '../error.ts';
import { criteoConfig } from './criteo.ts';
import { csvConfig } from './csv.ts';
import { syntheticConfig } from './synthetic.ts';

/** What `openDataset` takes, as plain JSON. Unknown keys are refused; a config that holds one embeds this schema. */
export const dataConfigSchema = z.discriminatedUnion('format', [criteoConfig, csvConfig, syntheticConfig]);

/** A config as its author writes it, defaults left out. */
export type DataConfig = z.input<typeof dataConfigSchema>;

/** A config with its defaults filled in. */
export type CheckedDataConfig = z.output<typeof dataConfigSchema>;

/** @throws `data/bad-config` with the first thing wrong */
export function checkDataConfig(config: unknown): CheckedDataConfig {
  const result = dataConfigSchema.safeParse(config);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw error('bad-config', {
    subject: ['config', ...issue.path].join('.'),
    rule: issue.message,
    got: valueAt(config, issue.path),
    hint: 'See dataConfigSchema.',
  });
}

function valueAt(config: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    config,
  );
}
