import { run } from '@ttrec/test-support/launchers';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ttrec-mpi-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Compiles the library under a name; whether there is a compiler. */
function compiled(name: string): boolean {
  const built = spawnSync('cc', ['-shared', '-fPIC', '-o', join(folder, name), file('./abi-stub.c')]);
  return built.status === 0;
}

const collectives = (library: string) =>
  run({
    command: process.execPath,
    args: ['--conditions=@ttrec/source', file('./collectives.ts')],
    environment: { TTREC_MPI_LIBRARY: join(folder, library) },
  });

test('a library of the standard interface of MPI 5 gets its handles, told by its name', async (context) => {
  if (process.platform !== 'linux' || !compiled('libmpi_abi.so.0')) context.skip('needs cc on Linux');
  const { code, stdout, stderr } = await collectives('libmpi_abi.so.0');
  expect(code, stderr).toBe(0);
  expect(stdout).toBe('0 of 1, Standard MPI: as expected\n');
});

test('under another name it gets those of MPICH, which it refuses', async (context) => {
  if (process.platform !== 'linux' || !compiled('libmpi.so.12')) context.skip('needs cc on Linux');
  const { code, stderr } = await collectives('libmpi.so.12');
  expect(code).toBe(1);
  expect(stderr).toContain('mpi/call-failed');
});
