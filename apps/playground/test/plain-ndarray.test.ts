import { RandomStream } from '@ttrec/core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import plain from '../src/plain-ndarray.ts';

const random = new RandomStream(1, 'plain-ndarray');
const below = (limit: number) => Math.floor(limit * random.nextUniform());

test('views are those of ndarray, after any calls', () => {
  for (let round = 0; round < 200; round++) {
    const shape = Array.from({ length: 1 + below(5) }, () => 1 + below(4));
    const size = shape.reduce((product, length) => product * length, 1);
    const numbers = Array.from({ length: size }, (_, i) => i);
    const data = round % 2 === 0 ? new Float32Array(numbers) : new Float64Array(numbers);
    let [view, expected] = [plain(data, shape), ndarray(data, shape)];
    for (let call = 0; call < 4; call++) {
      const name = (['lo', 'hi', 'transpose'] as const)[below(3)]!;
      const axes = expected.shape.map((_, axis) => axis);
      const args = {
        lo: () => expected.shape.map((length) => below(length)),
        hi: () => expected.shape.map((length) => 1 + below(length)),
        transpose: () => axes.sort(() => random.nextUniform() - 0.5),
      }[name]();
      [view, expected] = [view[name](...args), expected[name](...args)];
      const at = expected.shape.map((length) => below(length));
      for (const field of ['data', 'shape', 'stride', 'offset', 'dtype', 'dimension', 'size'] as const)
        expect(view[field]).toEqual(expected[field]);
      expect([view.index(...at), view.get(...at)]).toEqual([expected.index(...at), expected.get(...at)]);
    }
  }
});
