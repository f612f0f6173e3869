import { join, resolve } from 'node:path';
import { createRunFolder, openRunFolder, writeFileAtomic } from '@ttrec/tensor-files';
import { parseConfig } from '../config/parse-config.ts';
import { readJsonFile } from '../config/read-json-file.ts';
import { trainConfigSchema, type TrainConfig } from '../config/train-config.ts';
import { error } from '../error.ts';
import { runFiles, type RunFiles } from './run-files.ts';

/** A run folder and the config that it runs. */
export interface Run {
  readonly config: TrainConfig;
  /** Where relative paths of the config start. */
  readonly baseDirectory: string;
  readonly files: RunFiles;
  /** Whether to go on from the folder's latest checkpoint. */
  readonly resumed: boolean;
  /** The folder of the run whose model this one goes on training, on other data. */
  readonly from?: string;
}

/**
 * Creates the folder. The config is saved when training starts (`saveConfig`), so that a run which cannot start, for want of its
 * data say, leaves a folder that can be named again.
 */
export async function startRun(args: {
  readonly config: TrainConfig;
  readonly baseDirectory: string;
  readonly out?: string;
  readonly from?: string;
}): Promise<Run> {
  const { config, baseDirectory, out, from } = args;
  const folder =
    out === undefined
      ? await createRunFolder(resolve('runs'), config.name)
      : await openRunFolder(resolve(out), { resume: false });
  const started = { config, baseDirectory, files: runFiles(folder), resumed: false };
  return from === undefined ? started : { ...started, from };
}

/** Saves the effective config, flags included. */
export function saveConfig({ config, baseDirectory, files, from }: Run): Promise<void> {
  return writeJson(files.config, { baseDirectory, ...(from === undefined ? {} : { from }), config });
}

/** @throws `tensor-files/no-run`, `trainer/not-a-run`, and what reading and checking the saved config throw */
export async function openRun(folder: string): Promise<Run> {
  await openRunFolder(folder, { resume: true });
  const path = join(folder, 'config.json');
  const saved = await readJsonFile(path);
  if (typeof saved !== 'object' || saved === null || !('config' in saved) || !('baseDirectory' in saved)) {
    throw error('not-a-run', { subject: path, rule: 'must be the config that a run saved', got: saved });
  }
  const config = parseConfig(trainConfigSchema, saved.config, path);
  const opened = {
    config,
    baseDirectory: String(saved.baseDirectory),
    files: runFiles(folder),
    resumed: true,
  };
  return 'from' in saved ? { ...opened, from: String(saved.from) } : opened;
}

/** Writes a value as indented JSON, whole or not at all. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, [new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`)]);
}
