import { RandomStream } from '@ttrec/core';
import { expect, test } from 'vitest';
import { Dictionary } from '../src/cells/dictionary.ts';

test('values of all lengths, zeros among their bytes, have the codes of their first appearance', () => {
  const stream = new RandomStream(4, 'values');
  const dictionary = new Dictionary('values');
  const codes = new Map<string, number>();
  for (let i = 0; i < 30_000; i++) {
    const length = stream.nextInteger(stream.nextInteger(4) === 0 ? 20 : 4);
    // Few different bytes, so that values come again and end in zeros.
    const bytes = Uint8Array.from({ length: length + 2 }, () => [0, 1, 97, 255][stream.nextInteger(4)]!);
    const key = Buffer.from(bytes.subarray(1, length + 1)).toString('latin1');
    const known = codes.get(key) ?? -1;
    expect(dictionary.find(bytes, 1, length + 1)).toBe(known);
    if (known < 0) codes.set(key, codes.size);
    expect(dictionary.codeIn(bytes, 1, length + 1)).toBe(codes.get(key));
  }
  expect(dictionary.size).toBe(codes.size);
  expect(codes.size).toBeGreaterThan(5000);
  for (const [key, code] of codes) {
    const { bytes, start, end } = dictionary.sliceAt(code);
    expect(Buffer.from(bytes.subarray(start, end)).toString('latin1')).toBe(key);
  }
});
