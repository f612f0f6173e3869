import type { RandomStream } from '@ttrec/core';

const odd = [
  null,
  true,
  -1,
  0,
  1.5,
  1e300,
  2 ** 53,
  '',
  'x',
  '\ud800',
  [],
  [[]],
  {},
  [null],
  { __proto__: 1 },
  'probabilities',
  'INT64',
];

/** A copy of JSON in which something, somewhere, is something else or missing. */
export function mutated(value: unknown, stream: RandomStream): unknown {
  const other = () => odd[stream.nextInteger(odd.length)];
  if (typeof value !== 'object' || value === null || stream.nextInteger(6) === 0) return other();
  const entries = Object.entries(value);
  if (entries.length === 0) return other();
  const at = stream.nextInteger(entries.length);
  const changed = entries.flatMap(([key, inner], i): [string, unknown][] => {
    if (i !== at) return [[key, inner]];
    return stream.nextInteger(8) === 0 ? [] : [[key, mutated(inner, stream)]];
  });
  return Array.isArray(value) ? changed.map(([, inner]) => inner) : Object.fromEntries(changed);
}
