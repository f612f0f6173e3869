import { join, resolve } from 'node:path';
import { writeFileAtomic } from '@ttrec/tensor-files';
import {
  claimNewRun,
  claimRun,
  clearRun,
  createRunFolder,
  requireRun,
  runFolderContents,
  type RunFolder,
} from '../run-folder/run-folder.ts';
import { parseConfig } from '../config/parse-config.ts';
import { withKinds, type KindsOptions } from '../config/read-config.ts';
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
  /** Whether the folder holds checkpoints to go on from. */
  readonly resumed: boolean;
  /** The folder of the run whose model this one goes on training, on other data. */
  readonly from?: string | undefined;
}

/** A run whose folder this process alone writes into. Who claims it releases it. */
export interface ClaimedRun extends Run {
  readonly claim: RunFolder;
}

/**
 * Claims a folder for a new run. The config is saved when training starts (`saveConfig`), so that a run which cannot start, for want
 * of its data say, leaves no folder.
 * @throws `training/run-exists`, `training/folder-in-use`, `tensor-files/cannot-write`
 */
export async function startRun(args: {
  readonly config: TrainConfig;
  readonly baseDirectory: string;
  readonly out?: string | undefined;
  readonly from?: string | undefined;
}): Promise<ClaimedRun> {
  const { config, baseDirectory, out, from } = args;
  const claim = await claimFolder(out, config.name);
  return { config, baseDirectory, from, files: runFiles(claim.path), resumed: false, claim };
}

/** The folder that was asked for, or one of its own. @throws as `startRun` */
export async function claimFolder(out: string | undefined, name: string): Promise<RunFolder> {
  return out === undefined ? createRunFolder(resolve('runs'), name) : claimNewRun(resolve(out));
}

/**
 * Claims a folder that holds a run, to go on with it: from a checkpoint, or from the beginning when it was stopped before the first.
 * @throws `training/folder-in-use`, and as `openRun`
 */
export async function resumeRun(folder: string, options?: KindsOptions): Promise<ClaimedRun> {
  const claim = await claimRun(folder);
  try {
    const run = await openRun(folder, options);
    const { holds } = await runFolderContents(folder);
    return { ...run, resumed: holds === 'run', claim };
  } catch (thrown) {
    await claim.release();
    throw thrown;
  }
}

/**
 * Saves the effective config, flags included.
 * @param unfinished the command that is to make the run as a whole: should it be stopped, what it leaves is no run
 */
export async function saveConfig(
  { config, baseDirectory, files, from }: Run,
  unfinished?: 'import' | 'compress',
): Promise<void> {
  await writeJson(files.config, { unfinished, baseDirectory, from, config });
}

/**
 * Makes a run as a whole: until `fill` has written its encoding, records and checkpoint, the folder says that it holds none. When that
 * fails, nothing of it stays.
 */
export async function saveWholeRun(
  run: ClaimedRun,
  command: 'import' | 'compress',
  fill: () => Promise<void>,
): Promise<void> {
  try {
    await saveConfig(run, command);
    await fill();
    await run.claim.requireHeld();
    await saveConfig(run);
  } catch (thrown) {
    await clearRun(run.files.folder).catch(() => undefined);
    throw thrown;
  }
}

/**
 * Opens a run to read from it. Modules that its config names for their kinds of tables are loaded.
 * @throws `training/no-run`, `training/unfinished-run`, `training/not-a-run`, and what `loadKinds` and reading and
 *   checking the saved config throw
 */
export async function openRun(folder: string, options: KindsOptions = {}): Promise<Run> {
  await requireRun(folder);
  const path = join(folder, 'config.json');
  const saved = await readJsonFile(path);
  if (typeof saved !== 'object' || saved === null || !('config' in saved) || !('baseDirectory' in saved)) {
    throw error('not-a-run', { subject: path, rule: 'must be the config that a run saved', got: saved });
  }
  if (typeof saved.config === 'object' && saved.config !== null && 'variants' in saved.config) {
    const hint = 'Its runs are the folders in it; "ttrec compare --resume" continues all.';
    throw error('not-a-run', { subject: folder, rule: 'must hold a single run', got: 'a comparison', hint });
  }
  const baseDirectory = String(saved.baseDirectory);
  const written = await withKinds(saved.config, { source: path, baseDirectory }, options);
  const config = parseConfig(trainConfigSchema, written, path);
  const from = 'from' in saved ? String(saved.from) : undefined;
  return { config, baseDirectory, from, files: runFiles(folder), resumed: true };
}

/** Writes a value as indented JSON, whole or not at all. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, [new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`)]);
}
