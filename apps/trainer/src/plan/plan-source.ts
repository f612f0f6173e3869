import { parseConfig, trainConfigSchema, inFileName, type TrainConfig } from '@ttrec/training/config';
import { readJsonFile } from '@ttrec/training/run-folder';
import { basename, dirname, resolve } from 'node:path';
import { withOverrides } from '../config/overrides.ts';
import { usageError } from '../error.ts';
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
  const { preset, data, embeddingDim } = flags;
  const here = process.cwd();
  if (configPath !== undefined) {
    const path = resolve(configPath);
    const config = withOverrides(await readConfig(path), { data });
    return { config, baseDirectory: dirname(path) };
  }
  const model = embeddingDim === undefined ? {} : { embeddingDim };
  if (preset !== undefined) {
    const stream = { format: 'synthetic', cardinalities: preset, rows: PRESET_ROWS };
    const dim = { embeddingDim: presetDim(preset) };
    return made({ name: `${preset}-planned`, data: stream, model: { ...dim, ...model } }, here);
  }
  const file = {
    format: 'criteo',
    path: resolve(data!),
    ids: { kind: 'vocabulary', minCount: 2 },
    split: { by: 'random', validation: 0.1, test: 0.1 },
  };
  const name = inFileName(basename(data!).replace(/(?<=.)\..*$/, ''));
  return made({ name: `${name || 'data'}-planned`, data: file, model }, here);
}

function made(config: unknown, baseDirectory: string): PlanSource {
  return { config: parseConfig(trainConfigSchema, config, 'the planned config'), baseDirectory };
}

async function readConfig(path: string): Promise<TrainConfig> {
  const json = await readJsonFile(path);
  if (typeof json === 'object' && json !== null && 'variants' in json) {
    throw usageError('a-comparison', {
      subject: `${path}, variants`,
      rule: 'must be left out of what is planned for one budget',
      hint: 'In a comparison, give a variant "plan" in the place of "tables".',
    });
  }
  return parseConfig(trainConfigSchema, json, path);
}
