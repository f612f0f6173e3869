import { expect, test } from 'vitest';
import { requireNode } from '../src/require-node.mjs';

test.each(['20.19.0', '20.20.2', '22.0.0', '24.21.0'])('Node %s is recent enough', (version) => {
  expect(() => {
    requireNode(version);
  }).not.toThrow();
});

test.each(['18.20.8', '20.18.3', '8.0.0'])('Node %s is refused with the limit and the value', (version) => {
  expect(() => {
    requireNode(version);
  }).toThrow(`Node must be at least 20.19, got ${version}`);
});
