import { launchers, run } from '@ttrec/test-support/launchers';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { kinds } from './kinds.ts';
import { together } from './together.ts';
import { digestsOf, trainEveryKind } from './train-every-kind.ts';

/** Processes that wait keep processors busy, and there may be more processes than processors. */
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });

const folder = mkdtempSync(join(tmpdir(), 'ttrec-processes-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a worker alone has after two steps, and after four. */
let expected: readonly Record<string, string>[];
beforeAll(async () => {
  expected = [
    digestsOf(await trainEveryKind(undefined, { steps: 2 })),
    digestsOf(await trainEveryKind(undefined, { steps: 4 })),
  ];
  // Some kinds do not train with the optimizers that keep a number for each row of a table.
  expect(Object.keys(expected[1]!).length).toBeGreaterThanOrEqual(4 * Object.keys(kinds).length);
  for (const [name, half] of Object.entries(expected[0]!)) expect(expected[1]![name]).not.toBe(half);
});

test('2 and 4 threads train every kind of table with every optimizer to the bits of one, 4 on from those of 2', async () => {
  const halves = await together(2, (communicator) => trainEveryKind(communicator, { steps: 2 }));
  const on = { steps: 4, from: halves[0]! };
  const wholes = await together(4, (communicator) => trainEveryKind(communicator, on));
  for (const half of halves) expect(digestsOf(half)).toEqual(expected[0]);
  for (const whole of wholes) expect(digestsOf(whole)).toEqual(expected[1]);
});

const script = fileURLToPath(new URL('./train-every-kind.ts', import.meta.url));

describe.each(launchers)('$name', ({ name, isInstalled, start }) => {
  const installed = isInstalled ? test : test.skip;
  const file = (processes: number) => join(folder, `${name}-${processes}`);

  // Each job goes on from the one before.
  installed.each([
    [2, []],
    [1, [file(2)]],
    [4, [file(1)]],
  ] as const)(
    '%i processes train every kind of table with every optimizer to the bits of one, also on from those of another number',
    async (processes, from) => {
      const args = ['--conditions=@ttrec/source', script, file(processes), ...from];
      const { code, stdout, stderr } = await run(start(processes, args));
      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout)).toEqual(Array.from({ length: processes }, () => expected));
    },
  );
});
