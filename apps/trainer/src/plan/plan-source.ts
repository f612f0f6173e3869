import { trainConfigSchema, inFileName, parseConfig, type TrainConfig } from '@ttrec/training/config';
import { withKinds } from '@ttrec/training/run-folder';
import { basename, dirname, resolve } from 'node:path';
import { withOverrides } from '../config/overrides.ts';
import { readTrainConfig } from '../config/read-train-config.ts';
import { presetDim } from './plan-tables.ts';

/** What a budget is planned for, as a config that `ttrec train` would take. */
export interface PlanSource {
  readonly config: TrainConfig;
  /** Where relative paths of the config start. */
  readonly baseDirectory: string;
}

export interface PlanSourceFlags {
  readonly preset?: string | undefined;
  readonly data?: string | undefined;
  readonly embeddingDim?: number | undefined;
  readonly kindsFrom?: readonly string[] | undefined;
}

/** Rows of the synthetic stream that stands for the data of a preset. */
const PRESET_ROWS = { train: 1_000_000, validation: 20_000, test: 100_000 };

/**
 * The config to plan for: a file's, with its data replaced where `--data` says so; one for the synthetic stream of a preset; or
 * one for a file of the Criteo format alone.
 *
 * @throws `trainer/bad-plan`, `trainer/unknown-preset`, and what reading and checking a config throw
 */
export async function planSource(
  configPath: string | undefined,
  flags: PlanSourceFlags,
): Promise<PlanSource> {
  const { preset, data, embeddingDim, kindsFrom } = flags;
  if (configPath !== undefined) {
    const path = resolve(configPath);
    const { config } = await readTrainConfig(path, {
      kindsFrom,
      purpose: 'planned for one budget',
      hint: 'In a comparison, give a variant "plan" in the place of "tables".',
    });
    return { config: withOverrides(config, { data }), baseDirectory: dirname(path) };
  }
  const model = embeddingDim === undefined ? {} : { embeddingDim };
  if (preset !== undefined) {
    const stream = { format: 'synthetic', cardinalities: preset, rows: PRESET_ROWS };
    const dim = { embeddingDim: presetDim(preset) };
    return made({ name: `${preset}-planned`, data: stream, model: { ...dim, ...model } }, flags);
  }
  const file = {
    format: 'criteo',
    path: resolve(data!),
    ids: { kind: 'vocabulary', minCount: 2 },
    split: { by: 'random', validation: 0.1, test: 0.1 },
  };
  const name = inFileName(basename(data!).replace(/(?<=.)\..*$/, ''));
  return made({ name: `${name || 'data'}-planned`, data: file, model }, flags);
}

async function made(config: object, flags: PlanSourceFlags): Promise<PlanSource> {
  const from = { source: 'the planned config', baseDirectory: process.cwd() };
  const value = await withKinds(config, from, flags);
  return { config: parseConfig(trainConfigSchema, value, from.source), baseDirectory: from.baseDirectory };
}
