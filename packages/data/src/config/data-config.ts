import { z } from 'zod';
import { didYouMean } from '@ttrec/core';
import { error } from '../error.ts';
import { criteoConfig } from './criteo.ts';
import { csvConfig } from './csv.ts';
import { syntheticConfig } from './synthetic.ts';

/** The config of `openDataset`, as plain JSON. Unknown keys are rejected. Embed it in the schema of a larger config. */
export const dataConfigSchema = z.discriminatedUnion('format', [criteoConfig, csvConfig, syntheticConfig]);

/** A config before defaults are filled in. */
export type DataConfig = z.input<typeof dataConfigSchema>;

/** A config with its defaults filled in. */
export type CheckedDataConfig = z.output<typeof dataConfigSchema>;

/** @throws `data/bad-config` with the first thing wrong */
export function checkDataConfig(config: unknown): CheckedDataConfig {
  const result = dataConfigSchema.safeParse(config);
  if (result.success) return result.data;
  const issue = chosen(result.error.issues);
  const got = valueAt(config, issue.path);
  throw error('bad-config', {
    subject: ['config', ...issue.path].join('.'),
    rule: issue.message,
    got: issue.code === 'unrecognized_keys' ? issue.keys[0] : got,
    hint: didYouMean(got, choicesOf(issue)) ?? 'See dataConfigSchema.',
  });
}

type Issue = z.core.$ZodIssue;

/** The most helpful issue: an unknown key often explains a missing one. */
function chosen(issues: readonly Issue[]): Issue {
  const all = issues.map(entered);
  return all.find(({ code }) => code === 'unrecognized_keys') ?? all[0]!;
}

/** Of a union that failed, the issue of the branch that the value is nearest to. */
function entered(issue: Issue): Issue {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue;
  const without = (...codes: Issue['code'][]) =>
    issue.errors.filter((branch) => !branch.some((at) => at.path.length === 0 && codes.includes(at.code)));
  const candidates = [without('invalid_type', 'invalid_value'), without('invalid_type'), issue.errors];
  const branches = candidates.find(({ length }) => length > 0)!;
  const inner = chosen(branches.reduce((a, b) => (b.length < a.length ? b : a)));
  return { ...inner, path: [...issue.path, ...inner.path] };
}

/** The values of an enumeration or of the discriminator of a union. */
function choicesOf(issue: Issue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  return issue.code === 'invalid_union' && 'options' in issue ? (issue.options ?? []).map(String) : [];
}

function valueAt(config: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    config,
  );
}
