import { z } from 'zod';
import { chooseIssue, describeIssue } from '@ttrec/core/json';
import { error } from '../error.ts';
import { criteoConfig } from './criteo.ts';
import { syntheticConfig } from './synthetic.ts';
import { csvConfig, duckdbConfig, jsonlConfig, parquetConfig, rowsConfig } from './table.ts';

/** The config of `openDataset`, as plain JSON. Unknown keys are rejected. Embed it in the schema of a larger config. */
export const dataConfigSchema = z.discriminatedUnion('format', [
  criteoConfig,
  csvConfig,
  jsonlConfig,
  parquetConfig,
  duckdbConfig,
  rowsConfig,
  syntheticConfig,
]);

/** A config before defaults are filled in. */
export type DataConfig = z.input<typeof dataConfigSchema>;

/** A config with its defaults filled in. */
export type CheckedDataConfig = z.output<typeof dataConfigSchema>;

/** @throws `data/bad-config` with the first thing wrong */
export function checkDataConfig(config: unknown): CheckedDataConfig {
  const result = dataConfigSchema.safeParse(config, { reportInput: true });
  if (result.success) return result.data;
  const issue = chooseIssue(result.error.issues);
  // A rule about several fields lies at one of them, but shows the object around it.
  const input = issue.code === 'custom' ? valueAt(config, issue.path) : issue.input;
  const { rule, got, hint = 'See dataConfigSchema.' } = describeIssue({ ...issue, input });
  throw error('bad-config', {
    subject: ['config', ...issue.path].join('.'),
    rule,
    got: issue.keys ? issue.keys[0] : got,
    hint,
  });
}

function valueAt(config: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    config,
  );
}
