import { wholeBlock, type Block, type Range } from '@ttrec/backend';
import {
  interactionWidth,
  multiplyAdds,
  sliceLength,
  valueLength,
  type TrieLevel,
} from '@ttrec/backend/kernels';
import { expect, test } from 'vitest';
import { createPlainBackend } from './plain-backend.ts';

const backend = createPlainBackend();

function block(rows: number, cols: number): Block {
  return wholeBlock(backend.createBuffer({ dtype: 'float32', rows, cols, label: 'm' }), rows);
}

const none: Range = { buffer: block(1, 1).buffer, start: 0, length: 0 };

test('matmul: m · n · k in every form', () => {
  const out = block(2, 5);
  expect(multiplyAdds('matmul', { a: block(2, 3), b: block(3, 5), out })).toBe(30);
  expect(multiplyAdds('matmul', { a: block(3, 2), b: block(3, 5), out, transposeA: true })).toBe(30);
  expect(multiplyAdds('matmul', { a: block(2, 3), b: block(5, 3), out, transposeB: true })).toBe(30);
});

const layout = { colShape: [2, 2, 4], ranks: [1, 8, 6, 1] };

test('lengths of slices and values', () => {
  expect([0, 1, 2].map((k) => sliceLength(layout, k))).toEqual([16, 96, 24]);
  expect([0, 1, 2].map((k) => valueLength(layout, k))).toEqual([16, 24, 16]);
});

function level(nodes: number): TrieLevel {
  return {
    nodes,
    slices: nodes,
    digit: none,
    sliceDigit: none,
    sliceOffsets: none,
    sliceNodes: none,
  };
}

test('ttForward: the sum over levels of nodes · Q · r · q · r; backward twice that', () => {
  const args = { layout, cores: [], levels: [level(3), level(5), level(7)], values: [] };
  // Level 1: 5 products [2, 8] · [8, 12]; level 2: 7 products [4, 6] · [6, 4].
  const forward = 5 * 2 * 8 * 12 + 7 * 4 * 6 * 4;
  expect(multiplyAdds('ttForward', args)).toBe(forward);
  expect(multiplyAdds('ttBackward', { ...args, gradValues: [], gradCores: [] })).toBe(2 * forward);
});

test('bags: one row of D a lookup, whatever the bags are', () => {
  const lookupRow = { ...none, length: 9 };
  const index = { bags: 4, offsets: none, lookupRow };
  const args = { index, pooling: 'sum', columns: [0] } as const;
  expect(multiplyAdds('bagForward', { ...args, rows: block(3, 16), out: block(4, 16) })).toBe(144);
});

test.each([
  { selfInteraction: false, passThrough: false, width: 10, products: 10 },
  { selfInteraction: true, passThrough: false, width: 15, products: 15 },
  { selfInteraction: false, passThrough: true, width: 16, products: 10 },
  { selfInteraction: true, passThrough: true, width: 21, products: 15 },
])('dotInteraction of 5 features of D 6: %o', ({ width, products, ...flags }) => {
  expect(interactionWidth({ featureCount: 5, featureCols: 30, ...flags })).toBe(width);
  const args = { features: block(3, 30), featureCount: 5, ...flags };
  expect(multiplyAdds('dotInteraction', { ...args, out: block(3, width) })).toBe(3 * products * 6);
  const gradients = { gradOut: block(3, width), gradFeatures: block(3, 30) };
  expect(multiplyAdds('dotInteractionBackward', { ...args, ...gradients })).toBe(6 * products * 6);
});

test('update counts one an element that it touches; moving counts nothing', () => {
  const weights = block(10, 4).buffer;
  const step = { rule: 'sgd', weights, gradients: block(3, 4), learningRate: 1, epsilon: 0 } as const;
  expect(multiplyAdds('update', step)).toBe(12);
  expect(multiplyAdds('fill', { out: block(3, 4), value: 1 })).toBe(0);
  expect(multiplyAdds('copy', { from: block(3, 4), to: block(3, 4) })).toBe(0);
  expect(multiplyAdds('multiply', { a: block(3, 4), b: block(3, 4), out: block(3, 4) })).toBe(12);
});
