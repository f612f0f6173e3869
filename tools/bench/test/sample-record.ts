import type { BenchRecord } from '../src/record.ts';

const sample = (secondsPerStep: number) => ({ secondsPerStep, fastest: secondsPerStep, steps: 5, load: 1 });

/** A record of two pairs, with a peer that ran, one that is not installed, and names that need escaping. */
export const record: BenchRecord = {
  format: 1,
  date: '2026-11-23T01:00:00.000Z',
  commit: '0123456789abcdef',
  modified: false,
  machine: {
    cpu: 'A CPU <x>',
    cores: 2,
    memoryBytes: 2 ** 34,
    system: 'Linux 6',
    node: 'v24.21.0',
    load: [0.5, 3],
  },
  pairs: 2,
  seconds: 0.7,
  arguments: [],
  cases: [
    {
      name: 'bag/train',
      what: 'Bags & gradients.',
      unit: 'lookups',
      unitsPerStep: 2048,
      threads: 1,
      contenders: [
        {
          name: 'ttrec',
          kind: 'own',
          version: 'WebAssembly SIMD',
          check: { error: 3e-7, tolerance: 2e-4 },
          samples: [sample(0.001), sample(0.002)],
          rate: { median: 1_536_000, low: 1_126_400, high: 1_945_600 },
        },
        {
          name: 'torch bmm',
          kind: 'peer',
          version: 'torch 1.13',
          samples: [sample(0.003), sample(0.006)],
          ours: [sample(0.001), sample(0.002)],
          rate: { median: 512_000, low: 375_000, high: 648_000 },
          ratio: { median: 3, low: 3, high: 3 },
          atLeast: 4,
        },
        {
          name: 'tfjs wasm',
          kind: 'peer',
          reason: 'PEERS_MODULES names no folder with @tensorflow/tfjs',
          samples: [],
          atLeast: 15,
        },
      ],
    },
  ],
};
