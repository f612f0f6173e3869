import { RandomStream } from '@ttrec/core';
import { initialiseCores, ttShape } from '@ttrec/tensor-train';
import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => vi.unstubAllGlobals());

// In a file of its own: ndarray compiles each kind of view once, and another test may have had it compiled already.
test('a table is drawn where nothing may be compiled from text, as under the policy of a strict page', () => {
  const compile = vi.fn(() => {
    throw new EvalError('refused by the policy');
  });
  vi.stubGlobal('Function', compile);
  const shape = ttShape({ numRows: 1000, numCols: 16, ranks: 4 });
  const cores = initialiseCores({
    shape,
    distribution: 'gaussian',
    scale: 'rank-aware',
    stream: new RandomStream(1, 'strict'),
  });
  expect(cores.map((core) => core.length)).toEqual([10 * 2 * 4, 10 * 4 * 2 * 4, 10 * 4 * 4]);
  expect(compile).not.toHaveBeenCalled();
});
