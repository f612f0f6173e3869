import { isTtrecError } from '@ttrec/core';
import { resizedConfig } from '@ttrec/embeddings/configs';
import { expect, test } from 'vitest';
import { fitToBytes, plan, Planner, predictStep, tableExchanges, type PlanFeature } from '../src/index.ts';

const feature = { name: 'a', numEmbeddings: 20 };
const fitted = { embeddingDim: 4, bytes: 160 };
const nonsense: readonly unknown[] = [
  ...[undefined, null, '', '12', true, {}, [null], ['a'], [undefined], () => 1, Symbol('s'), 10n, new Map()],
  ...[-1, 1.5, NaN, Infinity, [], [NaN], [[]], { length: 20 }, { length: -1 }, new Float32Array(0)],
];
const planned = (options: object) => new Planner([feature], { embeddingDim: 4, ...options }).plan(400);
const ofFeature = (field: keyof PlanFeature) => (got: unknown) => {
  const features = [{ ...feature, [field]: got }] as PlanFeature[];
  fitToBytes('hash', features, fitted);
  return new Planner(features, { embeddingDim: 4 }).plan(400);
};
const step = { shards: 2, stepSeconds: 1, sentBytes: 100, network: { latency: 0.1, bandwidth: 100 } };

const calls: Readonly<Record<string, (got: never) => unknown>> = {
  'fitToBytes, form': (got) => fitToBytes(got, [feature], fitted),
  'fitToBytes, features': (got) => fitToBytes('hash', got, fitted),
  'fitToBytes, a feature': (got) => fitToBytes('hash', [got], fitted),
  'fitToBytes, options': (got) => fitToBytes('hash', [feature], got),
  'fitToBytes, embeddingDim': (got) => fitToBytes('hash', [feature], { ...fitted, embeddingDim: got }),
  'fitToBytes, bytes': (got) => fitToBytes('hash', [feature], { ...fitted, bytes: got }),
  'fitToBytes, split': (got) => fitToBytes('hash', [feature], { ...fitted, split: got }),
  'feature, name': ofFeature('name'),
  'feature, numEmbeddings': ofFeature('numEmbeddings'),
  'feature, counts': ofFeature('counts'),
  'feature, zipf': ofFeature('zipf'),
  'feature, weight': ofFeature('weight'),
  'feature, pilot': ofFeature('pilot'),
  'Planner, options': (got) => new Planner([feature], got),
  'Planner, embeddingDim': (got) => planned({ embeddingDim: got }),
  'Planner, purpose': (got) => planned({ purpose: got }),
  'Planner, optimizer': (got) => planned({ optimizer: got }),
  'Planner, kinds': (got) => planned({ kinds: got }),
  'Planner, generators': (got) => planned({ generators: got }),
  'Planner, a generator': (got) => planned({ generators: [got] }),
  'Planner, maxMultiplyAddsPerLookup': (got) => planned({ maxMultiplyAddsPerLookup: got }),
  'Planner, prior': (got) => planned({ prior: got }),
  'Planner, ownNumbers': (got) => planned({ prior: { ownNumbers: got } }),
  'plan, bytes': (got) => new Planner([feature], { embeddingDim: 4 }).plan(got),
  'plan, reservedBytes': (got) => new Planner([feature], { embeddingDim: 4 }).plan(400, got),
  'plan, options': (got) => plan([feature], got),
  'planTable, name': (got) => new Planner([feature], { embeddingDim: 4 }).planTable(got, 100),
  'planTable, bytes': (got) => new Planner([feature], { embeddingDim: 4 }).planTable('a', got),
  'resizedConfig, bytes': (got) =>
    resizedConfig({ kind: 'tt', ranks: 1 }, { numEmbeddings: 20, embeddingDim: 4 }, got),
  'resizedConfig, size': (got) => resizedConfig({ kind: 'tt', ranks: 1 }, got, 400),
  'tableExchanges, tables': (got) => tableExchanges(got, 4, { workers: 2, batchSize: 8 }),
  'tableExchanges, workers': (got) => tableExchanges([], 4, { workers: got, batchSize: 8 }),
  'tableExchanges, sharded': (got) => tableExchanges([], 4, { workers: 2, batchSize: 8, sharded: got }),
  'predictStep, options': (got) => predictStep(2, got),
  'predictStep, network': (got) => predictStep(2, { ...step, network: got }),
  'predictStep, rounds': (got) => predictStep(2, { ...step, rounds: got }),
  'predictStep, stepSeconds': (got) => predictStep(2, { ...step, stepSeconds: got }),
};

test.each(Object.keys(calls))('%s: nonsense is refused with a code, or has an answer', (name) => {
  let refused = 0;
  for (const got of nonsense) {
    try {
      calls[name]!(got as never);
    } catch (thrown) {
      expect(isTtrecError(thrown), `${String(got)}: ${String(thrown)}`).toBe(true);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(nonsense.length / 2);
});

test.each([NaN, Infinity, -1])('resizedConfig refuses %s bytes', (bytes) => {
  const resized = () => resizedConfig({ kind: 'dense' }, { numEmbeddings: 20, embeddingDim: 4 }, bytes);
  expect(resized).toThrow('resizedConfig, bytes: must be a finite number of at least 0');
});
