import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { setup } from '../src/temporary-files.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('a run has a temporary folder of its own, gone with all files when it ends', () => {
  expect(basename(tmpdir())).toMatch(/^ttrec-tests-/);
  const outer = tmpdir();
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(name, outer);
  const teardown = setup();
  const inner = tmpdir();
  expect(inner).toMatch(/ttrec-tests-/);
  expect(inner).not.toBe(outer);
  writeFileSync(join(inner, 'left'), 'behind');
  teardown();
  expect(existsSync(inner)).toBe(false);
});
