import { product } from '@ttrec/core';
import { expect, test } from 'vitest';

test('the product of a shape is its number of elements, and a scalar has one', () => {
  expect(product([2, 3, 4])).toBe(24);
  expect(product([5, 0])).toBe(0);
  expect(product([])).toBe(1);
});
