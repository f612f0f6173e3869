import { isAlone, launchers, run } from '@ttrec/test-support/launchers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SOURCES = ['--conditions=@ttrec/source'];
const script = fileURLToPath(new URL('./collectives.ts', import.meta.url));

describe.each(launchers)('$name', ({ family, isInstalled, start }) => {
  const counted = isInstalled ? test.each([1, 2, 3, 4]) : test.skip.each([1]);

  counted('%i processes exchange arrays of any length and type', async (processes) => {
    const { code, stdout, stderr } = await run(start(processes, [...SOURCES, script]));
    expect(code, stderr).toBe(0);
    const said = stdout.trim().split('\n');
    expect(said.sort()).toEqual(
      Array.from({ length: processes }, (_, rank) => `${rank} of ${processes}, ${family}: as expected`),
    );
  });

  const once = isInstalled ? test : test.skip;

  (isInstalled && isAlone ? test : test.skip)('reaches loopback alone, whatever it listens on', async () => {
    const said = 'console.log(Object.keys(os.networkInterfaces()).join())';
    const { code, stdout, stderr } = await run(start(2, ['-e', said]));
    expect(code, stderr).toBe(0);
    expect(stdout.trim().split('\n')).toEqual(['lo', 'lo']);
  });

  once('a process that aborts, or is killed, ends the others', async () => {
    for (const how of ['abort', 'kill']) {
      const { code, stdout } = await run(start(2, [...SOURCES, script, how]));
      expect(code).not.toBe(0);
      expect(stdout).not.toContain('as expected');
    }
  });
});

test('a library that is not there is named, with what to install', async () => {
  const { code, stderr } = await run({
    command: process.execPath,
    args: [...SOURCES, script],
    environment: { TTREC_MPI_LIBRARY: '/nowhere/libmpi.so' },
  });
  expect(code).toBe(1);
  expect(stderr).toContain('mpi/library-not-found');
  expect(stderr).toContain('[mpi] TTREC_MPI_LIBRARY: must be installed as /nowhere/libmpi.so');
  expect(stderr).toContain('apt-get install openmpi-bin');
});

test.runIf(launchers.every(({ isInstalled }) => isInstalled))(
  'processes that the library does not connect refuse to go on alone',
  async () => {
    const [, mpich] = launchers;
    const { code, stderr } = await run({
      ...mpich!.start(2, [...SOURCES, script]),
      environment: {
        TTREC_MPI_LIBRARY: 'libmpi.so.40',
        OMPI_ALLOW_RUN_AS_ROOT: '1',
        OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
      },
    });
    expect(code).not.toBe(0);
    expect(stderr).toContain('must see the 2 processes that mpiexec of MPICH started, got 1');
  },
);
