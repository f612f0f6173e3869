import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import config from '../../../vitest.config.ts';

const before = fc.readConfigureGlobal();
afterEach(() => {
  vi.unstubAllEnvs();
  fc.configureGlobal(before);
});

/** What a property draws in a run of the tests with this seed. */
async function drawn(seed: string | undefined): Promise<number[]> {
  vi.stubEnv('TTREC_PROPERTY_SEED', seed);
  vi.resetModules();
  fc.resetConfigureGlobal();
  await import('../src/property-seed.ts');
  const values: number[] = [];
  fc.assert(fc.property(fc.integer(), (value) => void values.push(value)));
  return values;
}

test('every test file runs it first', () => {
  expect(config.test?.setupFiles).toEqual(['tools/test-support/src/property-seed.ts']);
});

test('two runs with one seed draw the same values, with another or with none others', async () => {
  const first = await drawn('7');
  expect(first).toHaveLength(100);
  expect(await drawn('7')).toEqual(first);
  expect(await drawn('8')).not.toEqual(first);
  expect(await drawn(undefined)).not.toEqual(await drawn(undefined));
});

test.each(['seven', '', '1.5'])('"%s" is no seed', async (seed) => {
  await expect(drawn(seed)).rejects.toThrow(`TTREC_PROPERTY_SEED: must be an integer, got "${seed}".`);
});
