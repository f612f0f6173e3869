import { RandomStream } from '@ttrec/core';
import { expect, test } from 'vitest';
import { narrowed } from '../src/chunks/narrowed.ts';
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
  expect(dictionary.bytes).toBe([...codes.keys()].reduce((sum, key) => sum + key.length, 0));
  dictionary.clear();
  expect(dictionary.bytes).toBe(0);
  expect(dictionary.size).toBe(0);
  expect(dictionary.find(Uint8Array.of(97), 0, 1)).toBe(-1);
  expect([
    dictionary.codeOf('a long value'),
    dictionary.codeOf(''),
    dictionary.codeOf('a long value'),
  ]).toEqual([0, 1, 0]);
  expect([dictionary.valueAt(0), dictionary.valueAt(1)]).toEqual(['a long value', '']);
});

test.each([
  [[], Uint8Array],
  [[0, 255], Uint8Array],
  [[256, 1], Uint16Array],
  [[65_535], Uint16Array],
  [[65_536], Uint32Array],
  [[4_294_967_295, 0], Uint32Array],
])('the integers %j are held in the fewest bytes that hold them all', (values, type) => {
  const packed = narrowed(Uint32Array.from(values));
  expect(packed).toBeInstanceOf(type);
  expect([...packed]).toEqual(values);
});
