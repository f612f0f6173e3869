import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fetched, fetchedPackage } from '../src/index.ts';

let folder: string;
let spec: string;
let integrity: string;

// A package that npm packs from a folder needs no network.
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ttrec-fetched-'));
  spec = join(folder, 'tool');
  mkdirSync(spec);
  writeFileSync(join(spec, 'package.json'), '{ "name": "tool", "version": "1.2.3" }');
  writeFileSync(join(spec, 'tool.txt'), 'content');
  execFileSync('npm', ['pack', spec, '--silent', '--pack-destination', folder]);
  const tarball = readFileSync(join(folder, 'tool-1.2.3.tgz'));
  integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
});
afterEach(() => rmSync(folder, { recursive: true }));

const cached = () => readdirSync(join(folder, 'cache'));

test('a package is unpacked once, into a folder of its name', async () => {
  const cache = join(folder, 'cache');
  const found = await fetched(`file:${spec}`, integrity, cache);
  expect(readFileSync(join(found, 'tool.txt'), 'utf8')).toBe('content');
  writeFileSync(join(found, 'tool.txt'), 'kept');
  await fetched(`file:${spec}`, integrity, cache);
  expect(readFileSync(join(found, 'tool.txt'), 'utf8')).toBe('kept');
  expect(cached()).toHaveLength(1);
});

test('other bytes than the pinned ones are refused and not kept', async () => {
  writeFileSync(join(spec, 'tool.txt'), 'changed');
  await expect(fetched(`file:${spec}`, integrity, join(folder, 'cache'))).rejects.toThrow(
    /tool: integrity must be sha512-.*, got sha512-/,
  );
  expect(cached()).toEqual([]);
});

test('a package that is not listed is refused', async () => {
  await expect(fetchedPackage('left-pad@1.0.0')).rejects.toThrow(
    'left-pad@1.0.0 is not listed in tools/fetched-packages/src/pins.ts',
  );
});
