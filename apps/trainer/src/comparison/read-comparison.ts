import { dirname, resolve } from 'node:path';
import { comparisonSchema } from '@ttrec/training/compare';
import {
  compareConfigSchema,
  parseConfig,
  trainConfigSchema,
  type CompareConfig,
  type TrainConfig,
} from '@ttrec/training/config';
import { readJsonFile, withKinds, type KindsOptions } from '@ttrec/training/run-folder';
import { withOverrides, type Overrides } from '../config/overrides.ts';
import { error, usageError } from '../error.ts';
import { armsNamed } from './arms.ts';
import type { ArmsComparison } from './compare-arms.ts';
import { asksForArms, measureSetting, settingsOf, type ArmFlags } from './options.ts';

/** What the folder of any comparison has saved, unchecked. */
export interface SavedComparison {
  readonly source: string;
  readonly baseDirectory: string;
  readonly written: object;
  /** Of a comparison at equal bytes. */
  readonly settings?: unknown;
}

type Flags = ArmFlags & Overrides & KindsOptions;

/**
 * The comparison at equal bytes that flags ask for, or that a folder has begun; undefined if neither is one.
 *
 * @throws `trainer/settings-differ` for flags that a comparison cannot be continued with, and what `settingsOf` and reading throw
 */
export async function armsComparison(
  configPath: string | undefined,
  flags: Flags,
  saved: SavedComparison | undefined,
): Promise<ArmsComparison | undefined> {
  if (saved?.settings !== undefined)
    return continued(configPath, flags, { ...saved, settings: saved.settings });
  if (!asksForArms(flags)) return undefined;
  if (saved !== undefined) {
    const rule = 'must be left out where a comparison of variants, each trained once, is continued';
    throw usageError('settings-differ', { subject: '--seeds, --budgets', rule, got: saved.source });
  }
  if (configPath === undefined)
    throw usageError('no-config', {
      subject: 'compare',
      rule: 'needs a config file, or --resume with a folder',
    });
  const source = resolve(configPath);
  const baseDirectory = dirname(source);
  const config = withOverrides(
    await checked(await readJsonFile(source), { source, baseDirectory, flags }),
    flags,
  );
  return { config, baseDirectory, settings: settingsOf(config, flags) };
}

/** More arms, more seeds, and keeping predictions are all that a comparison can be continued with. */
async function continued(
  configPath: string | undefined,
  flags: Flags,
  { source, baseDirectory, written, settings }: SavedComparison & { readonly settings: unknown },
): Promise<ArmsComparison> {
  const { budgets, vary, trials, regime, order, baseline } = flags;
  const given = Object.entries({ config: configPath, budgets, vary, trials, regime, order, baseline });
  const odd = given.find(([, value]) => value !== undefined);
  if (odd !== undefined) {
    const subject = odd[0] === 'config' ? 'config file' : `--${odd[0]}`;
    const rule = 'must be left out with --resume: the folder has what was asked for';
    throw usageError('settings-differ', { subject, rule, got: source });
  }
  const found = comparisonSchema.safeParse(settings);
  if (!found.success) {
    const rule = 'must have the settings that a comparison saved';
    throw error('bad-comparison', { subject: source, rule, got: settings, cause: found.error });
  }
  const config = await checked(written, { source, baseDirectory, flags });
  const { seeds, arms = [], keepPredictions } = flags;
  const names = [...found.data.arms, ...arms];
  const { measure } = found.data;
  if (measure !== undefined && (flags.measure ?? flags.measureTrials) !== undefined) {
    const rule = 'must be left out with --resume: the folder has what was asked for';
    throw usageError('settings-differ', { subject: '--measure, --measure-trials', rule, got: source });
  }
  return {
    config,
    baseDirectory,
    settings: {
      ...found.data,
      ...(measure === undefined ? measureSetting(names, flags) : {}),
      arms: arms.length === 0 ? found.data.arms : armsNamed(names).map(({ name }) => name),
      seeds: Math.max(found.data.seeds, seeds ?? 1),
      keepPredictions: keepPredictions ?? found.data.keepPredictions,
    },
  };
}

/** A config with variants or without. */
async function checked(
  written: unknown,
  from: { readonly source: string; readonly baseDirectory: string; readonly flags: KindsOptions },
): Promise<TrainConfig | CompareConfig> {
  const { source, flags } = from;
  const value = await withKinds(written, from, flags);
  const { variants, ...rest } = Object(value) as { readonly variants?: unknown };
  const isPlain = variants === undefined || (Array.isArray(variants) && variants.length === 0);
  return isPlain
    ? parseConfig(trainConfigSchema, rest, source)
    : parseConfig(compareConfigSchema, value, source);
}
