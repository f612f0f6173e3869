import { readJson } from '@ttrec/core/json';
import { readFile } from 'node:fs/promises';
import { fileCall, type FileDigest, ifPresent, toJson, writeFileAtomic } from '@ttrec/tensor-files/files';
import { error } from '../error.ts';
import { isDigest, isObject } from './manifest.ts';
import { parseFolderName, pointerPath, type Mark } from './names.ts';

/** The content of `latest.json` and `best.json`. */
export interface Pointer {
  readonly name: string;
  /** Inside `checkpoints/`. */
  readonly folder: string;
  /** Of the manifest in that folder. */
  readonly manifest: FileDigest;
}

/** From here on, `mark` means the checkpoint that `pointer` names. Atomic. */
export async function writePointer(runFolder: string, mark: Mark, pointer: Pointer): Promise<void> {
  const path = pointerPath(runFolder, mark);
  await writeFileAtomic(path, [new TextEncoder().encode(`${toJson(path, pointer, 2)}\n`)]);
}

/**
 * What `mark` means, or undefined when no checkpoint bears it yet.
 * @throws `training/corrupt`, `tensor-files/cannot-read`
 */
export async function readPointer(runFolder: string, mark: Mark): Promise<Pointer | undefined> {
  const path = pointerPath(runFolder, mark);
  const bytes = await fileCall('read', path, () => ifPresent(readFile(path)));
  if (bytes === undefined) return undefined;
  const value = readJson(error, 'corrupt', path, bytes);
  if (isPointer(value)) return value;
  const rule = 'must hold name, folder and the bytes and sha256 of a manifest';
  throw error('corrupt', { subject: path, rule, got: value });
}

function isPointer(value: unknown): value is Pointer {
  if (!isObject(value) || typeof value['name'] !== 'string' || !isDigest(value['manifest'])) return false;
  return typeof value['folder'] === 'string' && parseFolderName(value['folder'])?.name === value['name'];
}
