import { networks, predictStep, tableExchanges } from '@ttrec/planner';
import { expect, test } from 'vitest';

test('a worker sends at most a row for each id that it reads, and no more than a table has', () => {
  const tables = [
    { name: 'large', numEmbeddings: 1_000_000, config: { kind: 'dense' as const } },
    { name: 'small', numEmbeddings: 10, config: { kind: 'dense' as const } },
    {
      name: 'hashed',
      numEmbeddings: 1_000_000,
      config: { kind: 'hash' as const, buckets: 50, into: { kind: 'dense' as const } },
    },
  ];
  const whole = { sharded: false, sentBytes: 51_000 };
  expect(tableExchanges(tables, 16, { workers: 4, batchSize: 1000 })).toEqual([
    // To 3 others, 250 ids with rows of 16 numbers; all-to-all: three quarters of 250 ids and rows, and of ids and gradients.
    { name: 'large', ...whole, gradientBytes: 3 * 4 * 250 * 17, allToAllBytes: 2 * 4 * 250 * 17 * 0.75 },
    { name: 'small', ...whole, sentBytes: 2040, gradientBytes: 3 * 4 * 10 * 17, allToAllBytes: 1020 },
    { name: 'hashed', ...whole, gradientBytes: 3 * 4 * 250 * 17, allToAllBytes: 25_500 },
  ]);
  const divided = { workers: 4, batchSize: 1000, sharded: ['large'] };
  const [large, small] = tableExchanges(tables, 16, divided);
  expect(large).toMatchObject({ sharded: true, sentBytes: 25_500 });
  expect(small).toMatchObject({ sharded: false, sentBytes: 2040 });
  // Clipped, gradients of all rows go to all.
  const [clipped] = tableExchanges(tables, 16, { ...divided, clipped: true });
  expect(clipped!.sentBytes).toBe(51_000 + 12_750);
  const alone = tableExchanges(tables, 16, { workers: 1, batchSize: 1000 });
  expect(alone.map(({ gradientBytes, allToAllBytes }) => [gradientBytes, allToAllBytes])).toEqual([
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
});

test('a step is divided by shards, and rounds of messages take latency and bandwidth', () => {
  const options = {
    shards: 8,
    stepSeconds: 0.08,
    sentBytes: 1e6,
    network: { latency: 1e-3, bandwidth: 1e9 },
  };
  expect(predictStep(1, options)).toEqual({
    workers: 1,
    computeSeconds: 0.08,
    exchangeSeconds: 0,
    speedup: 1,
  });
  const two = predictStep(2, options);
  expect(two.computeSeconds).toBeCloseTo(0.04, 12);
  expect(two.exchangeSeconds).toBeCloseTo(0.003, 12);
  expect(two.speedup).toBeCloseTo(0.08 / 0.043, 12);
  expect(predictStep(3, { ...options, rounds: 5 }).exchangeSeconds).toBeCloseTo(0.011, 12);
  // What all repeat is not divided.
  expect(predictStep(2, { ...options, repeatedSeconds: 0.02 }).computeSeconds).toBeCloseTo(0.05, 12);
  // Of 8 shards, one of 3 workers has 3.
  expect(predictStep(3, options).computeSeconds).toBeCloseTo(0.03, 12);
  expect(Object.keys(networks)).toContain('10GbE');
});
