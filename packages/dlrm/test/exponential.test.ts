import { RandomStream } from '@ttrec/core';
import { expect, test } from 'vitest';
import { exponential } from '../src/metrics/exponential.ts';

/** Units in the last place between two numbers of the same size. */
const apart = (a: number, b: number) => Math.abs(a - b) / (Math.abs(b) * 2 ** -52);

test('is that of the engine, but for the last bits', () => {
  const stream = new RandomStream(1, 'exponential');
  for (let i = 0; i < 20_000; i++) {
    const x = (i % 2 === 0 ? 8 : 700) * (2 * stream.nextUniform() - 1);
    // Two units for each of the two.
    expect(apart(exponential(x), Math.exp(x))).toBeLessThanOrEqual(4);
  }
});

test.each([
  [0, 1],
  [-0, 1],
  [-1000, 0],
  [-Infinity, 0],
  [1000, Infinity],
  [Infinity, Infinity],
])('of %s', (x, expected) => {
  expect(exponential(x)).toBe(expected);
});

test('of NaN is NaN', () => {
  expect(exponential(NaN)).toBeNaN();
});

/** Computed with 60 digits by Python's decimal module, and rounded to float64. */
test.each([
  [-37.5, 0x3c8dd5c566301ec8n],
  [-3.2, 0x3fa4dec899fffb47n],
  [-0.1, 0x3fecf46d99d52b3an],
  [0.7, 0x40001c2a61268987n],
  [12.25, 0x410982aa4f9aec90n],
])('of %s is what 60 digits give, within two units in the last place', (x, bits) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  expect(apart(exponential(x), view.getFloat64(0))).toBeLessThanOrEqual(2);
});
