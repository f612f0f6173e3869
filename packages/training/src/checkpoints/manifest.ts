import { counted } from '@ttrec/core';
import { readJson } from '@ttrec/core/json';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOfBytes, digestOfFile, fileCall, type FileDigest } from '@ttrec/tensor-files/files';
import { error } from '../error.ts';
import { isFileName, MANIFEST } from './names.ts';

export const MANIFEST_FORMAT = 'ttrec-checkpoint-1';

/** What one checkpoint consists of. Its own digest, kept in the pointer, vouches for every file. */
export interface Manifest {
  readonly format: typeof MANIFEST_FORMAT;
  readonly name: string;
  /** Saves of a run are counted from 1. */
  readonly sequence: number;
  readonly files: Readonly<Record<string, FileDigest>>;
}

/**
 * Reads the manifest of the checkpoint in `folder`.
 * @param expected what a pointer says of it
 * @throws `tensor-files/missing-file`, `…/cannot-read`, `…/truncated`, `…/corrupt`, `…/unknown-format`
 */
export async function readManifest(folder: string, expected?: FileDigest): Promise<Manifest> {
  const path = join(folder, MANIFEST);
  const bytes = await fileCall('read', path, () => readFile(path));
  if (expected !== undefined) checkDigest(path, digestOfBytes(bytes), expected);
  const value = readJson(error, 'corrupt', path, bytes);
  const format = isObject(value) ? value['format'] : undefined;
  if (format !== MANIFEST_FORMAT) {
    throw error('unknown-format', { subject: path, rule: `format must be ${MANIFEST_FORMAT}`, got: format });
  }
  if (!isManifest(value)) {
    const rule = 'must hold name, sequence and files, each with bytes and sha256';
    throw error('corrupt', { subject: path, rule, got: value });
  }
  return value;
}

/**
 * Checks that each file of a checkpoint is what was written, by its size and its SHA-256. Reads every byte.
 * @throws `tensor-files/missing-file`, `…/truncated`, `…/corrupt`, `…/cannot-read`
 */
export async function verifyFiles(folder: string, { files }: Manifest): Promise<void> {
  for (const [file, expected] of Object.entries(files)) {
    const path = join(folder, file);
    checkDigest(path, await digestOfFile(path), expected);
  }
}

/** @throws `training/truncated`, `training/corrupt` */
function checkDigest(path: string, got: FileDigest, expected: FileDigest): void {
  if (got.bytes < expected.bytes) {
    const rule = `${expected.bytes} bytes were written`;
    throw error('truncated', { subject: path, rule, got: counted(got.bytes, 'byte') });
  }
  if (got.bytes > expected.bytes) {
    const rule = `${expected.bytes} bytes were written`;
    throw error('corrupt', { subject: path, rule, got: counted(got.bytes, 'byte') });
  }
  if (got.sha256 !== expected.sha256) {
    throw error('corrupt', { subject: path, rule: `SHA-256 must be ${expected.sha256}`, got: got.sha256 });
  }
}

export function isDigest(value: unknown): value is FileDigest {
  if (!isObject(value)) return false;
  const { bytes, sha256 } = value;
  return Number.isSafeInteger(bytes) && typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isManifest(value: unknown): value is Manifest {
  if (!isObject(value) || typeof value['name'] !== 'string' || !Number.isSafeInteger(value['sequence']))
    return false;
  const { files } = value;
  return (
    isObject(files) && Object.entries(files).every(([name, digest]) => isFileName(name) && isDigest(digest))
  );
}
