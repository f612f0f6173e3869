import { conformanceCases, conformanceSuite, createDryBackend } from '@ttrec/testkit/backend';
import { kernelNames } from '@ttrec/backend/kernels';
import { expect, test } from 'vitest';

test('every kernel has cases, and every case its own name', () => {
  const names = conformanceCases.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const kernel of kernelNames) {
    expect(names.filter((name) => name.split(/[ ,:]/)[0] === kernel).length, kernel).toBeGreaterThan(2);
  }
});

test('a suite makes one test a case, each with a backend of its own that it disposes', async () => {
  const made: ReturnType<typeof createDryBackend>[] = [];
  const tests: (() => Promise<void>)[] = [];
  const groups: string[] = [];
  conformanceSuite({
    name: 'dry',
    create: () => {
      made.push(createDryBackend());
      return made.at(-1)!;
    },
    describe: (name, define) => {
      groups.push(name);
      define();
    },
    test: (_, run) => tests.push(run),
  });
  expect(groups).toEqual(['conformance of dry']);
  expect(tests).toHaveLength(conformanceCases.length);
  await expect(tests[0]!()).rejects.toMatchObject({ code: 'testkit/dry-read' });
  expect(made).toHaveLength(1);
  await expect(made[0]!.sync()).rejects.toMatchObject({ code: 'backend/disposed' });
  expect(made[0]!.memory().buffers).toBe(0);
});
