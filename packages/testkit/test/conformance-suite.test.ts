import { conformanceCases, conformanceSuite, createDryBackend } from '@ttrec/testkit/backend';
import { cornerSizes, kindSuite } from '@ttrec/testkit/kind';
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

const runner = { describe: (_: string, define: () => void) => define(), test: () => undefined };
const dry = { name: 'dry', create: createDryBackend, ...runner };

test.each([
  [undefined, 'testkit/bad-options', 'conformanceSuite: must be an object, got undefined.'],
  [
    { ...dry, name: Symbol('s') },
    'testkit/bad-option',
    'conformanceSuite, name: must be a string, got symbol.',
  ],
  [
    { ...dry, create: createDryBackend() },
    'testkit/bad-option',
    'conformanceSuite, create: must be a function',
  ],
  [{ ...dry, test: 7n }, 'testkit/bad-option', 'conformanceSuite, test: must be a function, got 7n.'],
  [
    { ...dry, it: dry.test },
    'testkit/unknown-option',
    'conformanceSuite: takes only name, create, describe, test, got it.',
  ],
])('options of a suite are checked: case %#', (options, code, words) => {
  const refused = expect.objectContaining({ code, message: expect.stringContaining(words) as string });
  expect(() => conformanceSuite(options as never)).toThrow(refused);
});

test('tables of a suite are checked, and so is what a create makes', async () => {
  for (const tables of [null, [null], ['dense']]) {
    expect(() => kindSuite({ ...dry, tables: tables as never })).toThrow('[testkit] kindSuite, table');
  }
  const tests: (() => Promise<void>)[] = [];
  const nothing = {
    ...dry,
    create: () => ({}) as never,
    test: (_: string, run: () => Promise<void>) => tests.push(run),
  };
  conformanceSuite(nothing);
  kindSuite({ ...nothing, tables: [{ name: 'dense', config: { kind: 'dense' }, ...cornerSizes[0]! }] });
  for (const run of [tests[0]!, tests.at(-1)!]) {
    await expect(run()).rejects.toMatchObject({
      code: 'testkit/bad-backend',
      message: '[testkit] create: must return a backend, such as defineBackend makes, got Object.',
    });
  }
});
