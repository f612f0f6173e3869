import { nearest } from '@ttrec/core';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { error } from '../error.ts';
import { fileCall } from '../files/file-error.ts';
import { openSafetensors } from '../files/open-safetensors.ts';
import type { TensorFile } from '../safetensors/tensor-file.ts';
import { findCheckpoint } from './find.ts';
import { parseJson, verifyFiles, type Manifest } from './manifest.ts';

/** A checkpoint whose files have been verified. */
export interface LoadedCheckpoint {
  readonly path: string;
  readonly name: string;
  readonly files: readonly string[];
  /** The content of one JSON file. @throws `tensor-files/unknown-file`, `tensor-files/corrupt` */
  json(file: string): Promise<unknown>;
  /** Opens one file of tensors; `close` closes it. @throws `tensor-files/unknown-file`, the codes of `openSafetensors` */
  tensors(file: string): Promise<TensorFile>;
  /** Closes every file that `tensors` opened. */
  close(): Promise<void>;
}

/**
 * Loads the latest checkpoint of a run, another one by name, `latest` or `best`, or the one in the folder `path` itself.
 * Before it returns, every byte of it has been compared with the sizes and digests that were saved.
 * @throws `tensor-files/missing-folder`, `…/no-checkpoint`, `…/unknown-checkpoint`, `…/missing-file`, `…/truncated`,
 *   `…/corrupt`, `…/unknown-format`, `…/cannot-read`
 */
export async function loadCheckpoint(path: string, name?: string): Promise<LoadedCheckpoint> {
  const found = await findCheckpoint(path, name);
  await verifyFiles(found.path, found.manifest);
  return new VerifiedCheckpoint(found.path, found.manifest);
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
    return parseJson(path, await fileCall('read', path, () => readFile(path)));
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
    const meant = nearest(file, this.files);
    const hint = meant === undefined ? {} : { hint: `Did you mean ${meant}?` };
    const rule = `must be one of ${this.files.join(', ')}`;
    throw error('unknown-file', { subject: this.path, rule, got: file, ...hint });
  }
}
