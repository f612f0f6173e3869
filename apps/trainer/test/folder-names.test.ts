import { compareConfigSchema, parseConfig, trainConfigSchema } from '@ttrec/training/config';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { temporaryFolder, writeConfig } from './command.ts';
import { commandInProcess } from './in-process.ts';
import { tinyConfig } from './tiny-config.ts';

const tables = { default: { kind: 'dense' } };
const comparison = (...names: string[]) => ({
  ...tinyConfig(),
  variants: names.map((name) => ({ name, tables })),
});

const bad: [string, string][] = [
  ['..', 'must not begin with "."'],
  ['.', 'must not begin with "."'],
  ['.hidden', 'must not begin with "."'],
  ['ends.', 'nor end with "."'],
  ['-rf', 'must not begin with "." or "-"'],
  ['', 'must be letters, digits'],
  ['a/b', 'must be letters, digits'],
  ['../up', 'must be letters, digits'],
  ['a\\b', 'must be letters, digits'],
  ['C:', 'must be letters, digits'],
  ['a b', 'must be letters, digits'],
  ['a\nb', 'must be letters, digits'],
  ['a\0', 'must be letters, digits'],
  ['\x1b[2J', 'must be letters, digits'],
  ['\u202eb', 'must be letters, digits'],
  ['é', 'must be letters, digits'],
  ['x'.repeat(101), 'must have at most 100 characters'],
  ...['con', 'NUL', 'com1', 'lpt9.tar.gz', 'Aux.txt', 'prn.'].map((name): [string, string] => [
    name,
    name === 'prn.' ? 'nor end with "."' : 'must not be the name of a device',
  ]),
  ...[
    'report.html',
    'Report.HTML',
    'config.json',
    'final.json',
    'metrics.jsonl',
    'encoding.jsonl.gz',
    'checkpoints',
    'lock',
  ].map((name): [string, string] => [name, 'must not be the name of a file that a run keeps']),
];

test.each(bad)('a variant or a run named %j is refused before anything is there', async (name, rule) => {
  const folder = temporaryFolder();
  const path = writeConfig(folder, 'config', comparison('good', name));
  const out = join(folder, 'in', 'out');
  const { code, stderr } = await commandInProcess(['compare', path, '--out', out], folder);
  expect(code).toBe(1);
  expect(stderr).toContain(`config, variants.1.name: ${rule.startsWith('nor') ? 'must not begin' : rule}`);
  expect(stderr).toContain(rule);
  expect(readdirSync(folder)).toEqual(['config']);
  expect(() => parseConfig(trainConfigSchema, tinyConfig({ name }), 'c')).toThrow(rule);
});

test('variants whose names differ by case alone are refused: they are one folder on some systems', () => {
  expect(() => parseConfig(compareConfigSchema, comparison('tt-16', 'other', 'TT-16'), 'c')).toThrow(
    'c, variants.2.name: must differ from "tt-16" by more than upper and lower case, got TT-16.',
  );
});

test('any name that is taken is a folder below the one of the comparison, different from all others', () => {
  const names = fc.uniqueArray(
    fc.string({ unit: fc.constantFrom(...Array.from('aA.-_+/\\: 0con')), maxLength: 8 }),
    {
      minLength: 1,
      maxLength: 5,
    },
  );
  fc.assert(
    fc.property(names, (some) => {
      let taken: readonly { readonly name: string }[];
      try {
        taken = parseConfig(compareConfigSchema, comparison(...some), 'c').variants;
      } catch {
        return;
      }
      const folders = taken.map(({ name }) => join('/x', name).toLowerCase());
      expect(new Set(folders).size).toBe(some.length);
      for (const folder of folders) expect(folder).toMatch(/^\/x\/[^/.\\:][^/\\:]*$/);
    }),
    { numRuns: 2000 },
  );
});
