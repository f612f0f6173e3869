import { expect, test } from 'vitest';
import { peek } from '../../src/http/protocol/peek.ts';

const encoder = new TextEncoder();
const inputs = [
  { name: 'user', shape: [1], datatype: 'BYTES', data: ['"shape":[9]'] },
  { name: 'item', shape: [40, 2], datatype: 'BYTES', data: [] },
];

test.each<[string, string, number, number | undefined]>([
  ['the longest first extent', JSON.stringify({ inputs }), 40, undefined],
  ['blanks', JSON.stringify({ inputs }, undefined, 2), 40, undefined],
  ['a timeout, in microseconds', JSON.stringify({ parameters: { timeout: 2500 }, inputs }), 40, 2.5],
  ['a timeout that is written with escapes', '{"parameters":{"\\u0074imeout":2500}}', 1, 2.5],
  ['a timeout of 0, which is none', '{"parameters":{"timeout":0}}', 1, undefined],
  ['a timeout that is none', '{"parameters":{"timeout":"soon"}}', 1, undefined],
  ['a timeout elsewhere', '{"inputs":[{"timeout":7}]}', 1, undefined],
  ['parameters that are none', '{"parameters":null,"timeout":5}', 1, undefined],
  ['no shape', '{"inputs":[{"shape":["a"]},{"shape":[-3]},{"shape"', 1, undefined],
  ['no JSON', '\u0000\uffff', 1, undefined],
  ['nothing', '', 1, undefined],
])('of an inference request: %s', (_, json, rows, timeoutMs) => {
  expect(peek({ protocol: 'infer', body: encoder.encode(json) })).toEqual({ rows, timeoutMs });
});

test('the JSON ends where binary tensors begin', () => {
  const body = encoder.encode('{"inputs":[{"shape":[3]}]}"shape":[99]');
  expect(peek({ protocol: 'infer', body, headerLength: 26 }).rows).toBe(3);
});

test.each([
  [JSON.stringify({ instances: [{ a: 1 }, { a: 2 }, { a: 3 }] }), 3],
  ['{"instances":[]}', 1],
  ['', 1],
])('of a predict request: its instances', (json, rows) => {
  expect(peek({ protocol: 'predict', body: encoder.encode(json) })).toEqual({ rows, timeoutMs: undefined });
});
