import { compareConfigSchema, parseConfig } from '@ttrec/training/config';
import { TtrecError } from '@ttrec/core';
import { describe, expect, test } from 'vitest';

const dense = { kind: 'dense' };
const datasets: Readonly<Record<string, object>> = {
  csv: {
    format: 'csv',
    path: 'p',
    label: { column: 'l', equals: '1' },
    join: [{ path: 'q', on: 'a', columns: ['b'] }],
    dense: [{ column: 'd', transform: 'log1p', missing: 0 }],
    features: [{ column: 'u', name: 'n', table: 't', separator: '|', ids: { kind: 'hash', buckets: 5 } }],
    ids: { kind: 'vocabulary', minCount: 2, unseen: 'oov' },
    split: { by: 'column', column: 'ts', test: 0.1, validation: 0.1 },
  },
  synthetic: {
    format: 'synthetic',
    rows: { train: 5, validation: 1, test: 1 },
    cardinalities: [5, 7],
    shares: { dense: 0.3, structure: 0.3, noise: 0.2, interactions: 0.2 },
  },
};
const tt = {
  kind: 'tt',
  ranks: [2],
  rowShape: [3],
  colShape: [2],
  initialisation: { distribution: 'gaussian', scale: 'rank-aware' },
};
const byName = {
  a: { kind: 'cached', rows: 2, into: { kind: 'tt', ranks: 2 }, decay: 0.5 },
  b: { kind: 'compositional', method: 'hashes', buckets: 3, combine: 'sum', into: dense },
  c: { kind: 'int8', into: dense },
  d: { kind: 'hash', buckets: 3, into: dense, function: 'mix', probes: 2, signs: true },
  e: { kind: 'hot-cold', hot: 2, cold: dense },
};
const config = (data: object) => ({
  name: 'n',
  threads: 1,
  data,
  model: {
    bottomMlp: [8],
    interaction: { kind: 'dot', selfInteraction: true },
    tables: { default: dense, largest: { count: 1, use: tt }, byName },
  },
  training: {
    steps: 2,
    learningRate: { kind: 'cosine', rate: 0.1, steps: 4 },
    optimizer: { embeddings: { rule: 'adagrad', epsilon: 0.1 }, dense: { rule: 'sgd' } },
  },
  variants: [
    { name: 'v', tables: { default: dense }, sameBytesAs: 'w' },
    { name: 'w', plan: { bytes: '2MB', kinds: ['tt'] } },
  ],
});

const wrong: readonly unknown[] = [
  undefined,
  null,
  true,
  -1,
  1.5,
  1e300,
  '',
  '..',
  [],
  {},
  [null],
  { kind: null },
  { kind: 'x' },
  { a: 1 },
  [1, 'x'],
  Array.from({ length: 200 }, () => 1),
];

type Path = readonly string[];

function pathsIn(value: unknown, path: Path = []): Path[] {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [path, ...inner.flatMap(([key, each]) => pathsIn(each, [...path, key]))];
}

function withValue(value: unknown, [key, ...path]: Path, put: unknown): unknown {
  if (key === undefined) return put;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<
    string,
    unknown
  >;
  copy[key] = withValue(copy[key], path, put);
  return copy;
}

describe.each(Object.entries(datasets))('a config of %s', (_, data) => {
  const good = config(data);
  const ruleOf = (value: unknown): string | undefined => {
    try {
      parseConfig(compareConfigSchema, value, 'c.json');
      return undefined;
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(TtrecError);
      return (thrown as TtrecError).parts.rule;
    }
  };

  test('is refused in words of the house, whatever stands at any place', () => {
    expect(ruleOf(good)).toBeUndefined();
    const rules = pathsIn(good).flatMap((path) => wrong.map((value) => ruleOf(withValue(good, path, value))));
    const others = rules.filter(
      (rule) => rule !== undefined && !/^(must |is required( and must |$))/.test(rule),
    );
    expect(others).toEqual([]);
    // Of a library of schemas.
    expect(
      rules.filter((rule) => /invalid|expected|received|nonoptional|unrecognized|too /i.test(rule ?? '')),
    ).toEqual([]);
    expect(rules.filter((rule) => rule !== undefined).length).toBeGreaterThan(900);
  });
});

test.each([
  [
    { rule: 'sgd', epsilon: 1 },
    'epsilon: goes with adagrad, adam, their row-wise forms and ftrl only, got sgd.',
  ],
  [{ rule: 'adagrad', beta1: 0.9 }, 'beta1: goes with adam or rowwise-adam only, got adagrad.'],
  [{ rule: 'adam', l1: 0.1 }, 'l1: goes with ftrl only, got adam.'],
  [{ rule: 'adagrad', epsilon: 0 }, 'epsilon: must be above 0, got 0.'],
])('the optimizer %j has an option of another', (optimizer, words) => {
  const training = { optimizer: { dense: optimizer } };
  expect(() => parseConfig(compareConfigSchema, { ...config(datasets['csv']!), training }, 'c.json')).toThrow(
    `[training] c.json, training.optimizer.dense.${words}`,
  );
});
