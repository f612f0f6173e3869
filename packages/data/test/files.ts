import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const folder = mkdtempSync(join(tmpdir(), 'ttrec-data-'));
let written = 0;

/** Writes a file of its own and returns where it is. */
export function fileOf(content: string | Uint8Array, extension = 'txt'): string {
  const path = join(folder, `${written++}.${extension}`);
  writeFileSync(path, content);
  return path;
}

export function gzipped(content: string): Buffer {
  return gzipSync(content);
}

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const shared = process.env.TTREC_SHARED ?? resolve(repository, '../shared');

/** The folder of real data, which no clone carries; undefined where it is absent. */
export const sharedData = existsSync(join(shared, 'data')) ? join(shared, 'data') : undefined;

/** What a test that needs real data adds to its name, so that a skipped one says why. */
export const needsSharedData =
  sharedData === undefined ? ' [skipped: no shared data folder; set TTREC_SHARED]' : '';
