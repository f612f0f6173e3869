import { isTtrecError, didYouMean, TtrecError } from '@ttrec/core';
import { readJson } from '@ttrec/core/json';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileCall } from '@ttrec/tensor-files/files';
import { error } from '../error.ts';
import { openSafetensors, type TensorFile } from '@ttrec/tensor-files';
import { findCheckpoint, found } from './find.ts';
import { listCheckpoints } from './list.ts';
import { verifyFiles, type Manifest } from './manifest.ts';

/** A checkpoint whose files have been verified. */
export interface LoadedCheckpoint {
  readonly path: string;
  readonly name: string;
  readonly files: readonly string[];
  /** The content of one JSON file. @throws `training/unknown-file`, `training/corrupt` */
  json(file: string): Promise<unknown>;
  /** Opens one file of tensors; `close` closes it. @throws `training/unknown-file`, the codes of `openSafetensors` */
  tensors(file: string): Promise<TensorFile>;
  /** Closes every file that `tensors` opened. */
  close(): Promise<void>;
}

/**
 * Loads the latest checkpoint of a run, another one by name, `latest` or `best`, or the one in the folder `path` itself.
 * Before it returns, every byte of it has been compared with the sizes and digests that were saved. The error about one that is
 * damaged names the checkpoints of the run that are whole.
 * @throws `training/missing-folder`, `…/no-checkpoint`, `…/unknown-checkpoint`, `…/missing-file`, `…/truncated`,
 *   `…/corrupt`, `…/unknown-format`, `…/cannot-read`
 */
export async function loadCheckpoint(path: string, name?: string): Promise<LoadedCheckpoint> {
  try {
    const { path: folder, manifest } = await findCheckpoint(path, name);
    await verifyFiles(folder, manifest);
    return new VerifiedCheckpoint(folder, manifest);
  } catch (thrown) {
    throw await withWayOut(thrown, path);
  }
}

/** How a checkpoint is damaged, and a run that has some but not the one that is meant. */
const DAMAGES = ['missing-file', 'truncated', 'corrupt', 'unknown-format', 'cannot-read', 'no-checkpoint'];

/** The same error, with the names of the checkpoints that can be loaded in its place. */
async function withWayOut(thrown: unknown, runFolder: string): Promise<unknown> {
  if (!isTtrecError(thrown)) return thrown;
  const [packageName, rule] = thrown.code.split('/') as [string, string];
  if (!DAMAGES.includes(rule)) return thrown;
  const whole = await wholeCheckpoints(runFolder).catch(() => []);
  if (whole.length === 0) return thrown;
  const hint = `These checkpoints are whole: ${whole.join(', ')}. Choose one by its name (--checkpoint NAME).`;
  return new TtrecError(packageName, rule, { ...thrown.parts, hint, cause: thrown });
}

/** Names, the newest first, of which each means the newest checkpoint of that name. Reads every byte of every one. */
async function wholeCheckpoints(runFolder: string): Promise<string[]> {
  const newest = new Map((await listCheckpoints(runFolder)).map((listed) => [listed.name, listed]));
  const whole: string[] = [];
  for (const [name, listed] of newest) {
    try {
      const { path, manifest } = await found(runFolder, listed);
      await verifyFiles(path, manifest);
      whole.unshift(name);
    } catch (thrown) {
      if (!isTtrecError(thrown)) throw thrown;
    }
  }
  return whole;
}

class VerifiedCheckpoint implements LoadedCheckpoint {
  readonly path: string;
  readonly name: string;
  readonly files: readonly string[];
  readonly #open: TensorFile[] = [];

  constructor(path: string, manifest: Manifest) {
    this.path = path;
    this.name = manifest.name;
    this.files = Object.keys(manifest.files);
  }

  async json(file: string): Promise<unknown> {
    const path = this.#pathOf(file);
    return readJson(error, 'corrupt', path, await fileCall('read', path, () => readFile(path)));
  }

  async tensors(file: string): Promise<TensorFile> {
    const opened = await openSafetensors(this.#pathOf(file));
    this.#open.push(opened);
    return opened;
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.map((file) => file.close()));
  }

  #pathOf(file: string): string {
    if (this.files.includes(file)) return join(this.path, file);
    const hint = didYouMean(file, this.files);
    const rule = `must be one of ${this.files.join(', ')}`;
    throw error('unknown-file', { subject: this.path, rule, got: file, hint });
  }
}
