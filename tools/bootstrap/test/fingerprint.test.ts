import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contentFingerprint, filesUnder, listingFingerprint } from '../src/fingerprint.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ttrec-fingerprint-'));
  mkdirSync(join(folder, 'src', 'node_modules'), { recursive: true });
  writeFileSync(join(folder, 'src', 'b.ts'), 'two');
  writeFileSync(join(folder, 'src', 'a.ts'), 'one');
  writeFileSync(join(folder, 'src', 'node_modules', 'c.ts'), 'not ours');
  writeFileSync(join(folder, 'package.json'), '{}');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('files are listed in order, without what is installed and what is not there', () => {
  expect(filesUnder(folder, ['src', 'package.json', 'absent'])).toEqual([
    'src/a.ts',
    'src/b.ts',
    'package.json',
  ]);
});

test('the content fingerprint follows contents and names, and nothing else', () => {
  const fingerprint = () => contentFingerprint(folder, filesUnder(folder, ['src']));
  const before = fingerprint();
  writeFileSync(join(folder, 'src', 'a.ts'), 'one');
  expect(fingerprint()).toBe(before);
  writeFileSync(join(folder, 'src', 'a.ts'), 'One');
  const edited = fingerprint();
  expect(edited).not.toBe(before);
  rmSync(join(folder, 'src', 'a.ts'));
  writeFileSync(join(folder, 'src', 'A.ts'), 'One');
  expect(fingerprint()).not.toBe(edited);
});

test('where one file ends and the next begins counts', () => {
  writeFileSync(join(folder, 'src', 'a.ts'), 'onet');
  writeFileSync(join(folder, 'src', 'b.ts'), 'wo');
  const moved = contentFingerprint(folder, ['src/a.ts', 'src/b.ts']);
  writeFileSync(join(folder, 'src', 'a.ts'), 'one');
  writeFileSync(join(folder, 'src', 'b.ts'), 'two');
  expect(contentFingerprint(folder, ['src/a.ts', 'src/b.ts'])).not.toBe(moved);
});

test('the listing fingerprint notices a file that is gone', () => {
  const before = listingFingerprint(folder, filesUnder(folder, ['src']));
  rmSync(join(folder, 'src', 'b.ts'));
  expect(listingFingerprint(folder, filesUnder(folder, ['src']))).not.toBe(before);
});
