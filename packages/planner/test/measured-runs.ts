import type { TableConfig } from '@ttrec/embeddings';

/** Runs of one `ttrec compare`: the same training on the same rows, with the large tables stored in different ways. */
export interface MeasuredRuns {
  readonly name: string;
  readonly embeddingDim: number;
  /** The tables that differ from run to run, with the exponent of the Zipf law nearest to their counts. */
  readonly tables: readonly { readonly numEmbeddings: number; readonly zipf: number }[];
  /** How they were stored, and the log-loss on the test rows. */
  readonly runs: readonly (readonly [config: TableConfig, logLoss: number])[];
}

/**
 * Measured 2026-11-24 with seed 1 on the wasm backend: the demo's synthetic stream (its four largest tables), Taobao purchases (users
 * and items; one row a pair), US baby names (which sex a name was given to; the table of names).
 */
export const measuredRuns: readonly MeasuredRuns[] = [
  {
    name: 'synthetic',
    embeddingDim: 16,
    tables: [
      { numEmbeddings: 1000000, zipf: 1.05 },
      { numEmbeddings: 400000, zipf: 1.05 },
      { numEmbeddings: 200000, zipf: 1.05 },
      { numEmbeddings: 100000, zipf: 1.05 },
    ],
    runs: [
      [{ kind: 'tt', ranks: 12 }, 0.4505],
      [{ kind: 'tt', ranks: 16 }, 0.4506],
      [{ kind: 'tt', ranks: 32 }, 0.4514],
      [{ kind: 'dense' }, 0.452],
      [{ kind: 'hot-cold', hot: 5000, cold: { kind: 'tt', ranks: 4 } }, 0.4535],
      [{ kind: 'hot-cold', hot: 1000, cold: { kind: 'tt', ranks: 12 } }, 0.4535],
      [{ kind: 'hot-cold', hot: 2000, cold: { kind: 'tt', ranks: 8 } }, 0.4543],
      [{ kind: 'hash', buckets: 80000, into: { kind: 'dense' } }, 0.4545],
      [{ kind: 'tt', ranks: 8 }, 0.4552],
      [{ kind: 'hash', buckets: 80000, function: 'modulo', into: { kind: 'dense' } }, 0.4554],
      [{ kind: 'hash', buckets: 20000, function: 'modulo', into: { kind: 'dense' } }, 0.4555],
      [{ kind: 'hash', buckets: 20000, into: { kind: 'dense' } }, 0.4557],
      [
        {
          kind: 'hot-cold',
          hot: 2000,
          cold: { kind: 'hash', buckets: 2000, function: 'modulo', into: { kind: 'dense' } },
        },
        0.4564,
      ],
      [{ kind: 'hot-cold', hot: 8000, cold: { kind: 'tt', ranks: 16 } }, 0.4566],
      [{ kind: 'tt', ranks: 4 }, 0.4584],
      [{ kind: 'hash', buckets: 5500, function: 'modulo', into: { kind: 'dense' } }, 0.4589],
      [
        {
          kind: 'hot-cold',
          hot: 500,
          cold: { kind: 'hash', buckets: 500, function: 'modulo', into: { kind: 'dense' } },
        },
        0.4596,
      ],
      [{ kind: 'hash', buckets: 5500, into: { kind: 'dense' } }, 0.4614],
      [{ kind: 'hash', buckets: 50000, into: { kind: 'tt', ranks: 16 } }, 0.4618],
      [{ kind: 'hash', buckets: 2000, function: 'modulo', into: { kind: 'dense' } }, 0.4636],
      [{ kind: 'tt', ranks: 2 }, 0.4645],
      [{ kind: 'hash', buckets: 2000, into: { kind: 'dense' } }, 0.4647],
      [{ kind: 'hash', buckets: 20000, into: { kind: 'tt', ranks: 8 } }, 0.4654],
      [{ kind: 'hash', buckets: 50000, into: { kind: 'tt', ranks: 4 } }, 0.4669],
      [{ kind: 'hash', buckets: 500, function: 'modulo', into: { kind: 'dense' } }, 0.4682],
      [{ kind: 'hash', buckets: 500, into: { kind: 'dense' } }, 0.4693],
      [{ kind: 'hash', buckets: 1, into: { kind: 'dense' } }, 0.4854],
    ],
  },
  {
    name: 'taobao',
    embeddingDim: 32,
    tables: [
      { numEmbeddings: 48749, zipf: 0.35 },
      { numEmbeddings: 39493, zipf: 0.6 },
    ],
    runs: [
      [{ kind: 'hot-cold', hot: 4000, cold: { kind: 'tt', ranks: 4 } }, 0.5688],
      [{ kind: 'tt', ranks: 32 }, 0.5713],
      [{ kind: 'dense' }, 0.5731],
      [{ kind: 'tt', ranks: 16 }, 0.5748],
      [{ kind: 'hot-cold', hot: 1000, cold: { kind: 'tt', ranks: 8 } }, 0.5771],
      [{ kind: 'hot-cold', hot: 200, cold: { kind: 'tt', ranks: 16 } }, 0.5813],
      [{ kind: 'tt', ranks: 8 }, 0.5911],
      [{ kind: 'tt', ranks: 4 }, 0.5919],
      [{ kind: 'tt', ranks: 2 }, 0.6092],
      [
        {
          kind: 'hot-cold',
          hot: 2000,
          cold: { kind: 'hash', buckets: 2000, function: 'modulo', into: { kind: 'dense' } },
        },
        0.6176,
      ],
      [{ kind: 'hash', buckets: 10000, into: { kind: 'dense' } }, 0.6253],
      [{ kind: 'hash', buckets: 10000, function: 'modulo', into: { kind: 'dense' } }, 0.63],
      [{ kind: 'hash', buckets: 10000, into: { kind: 'tt', ranks: 16 } }, 0.6379],
      [{ kind: 'hash', buckets: 4000, into: { kind: 'dense' } }, 0.6394],
      [{ kind: 'hash', buckets: 4000, function: 'modulo', into: { kind: 'dense' } }, 0.6423],
      [{ kind: 'hash', buckets: 10000, into: { kind: 'tt', ranks: 4 } }, 0.6482],
      [{ kind: 'hash', buckets: 1000, into: { kind: 'dense' } }, 0.6505],
      [{ kind: 'hash', buckets: 1000, function: 'modulo', into: { kind: 'dense' } }, 0.6519],
      [{ kind: 'hash', buckets: 200, into: { kind: 'dense' } }, 0.6564],
      [{ kind: 'hash', buckets: 200, function: 'modulo', into: { kind: 'dense' } }, 0.6567],
      [{ kind: 'hash', buckets: 1, into: { kind: 'dense' } }, 0.6599],
    ],
  },
  {
    name: 'baby names',
    embeddingDim: 16,
    tables: [{ numEmbeddings: 69128, zipf: 0.6 }],
    runs: [
      [{ kind: 'dense' }, 0.2125],
      [{ kind: 'tt', ranks: 32 }, 0.2316],
      [{ kind: 'tt', ranks: 16 }, 0.2974],
      [{ kind: 'hot-cold', hot: 200, cold: { kind: 'tt', ranks: 16 } }, 0.298],
      [{ kind: 'hash', buckets: 16000, function: 'modulo', into: { kind: 'dense' } }, 0.4159],
      [{ kind: 'hash', buckets: 16000, into: { kind: 'dense' } }, 0.4595],
      [{ kind: 'hot-cold', hot: 1000, cold: { kind: 'tt', ranks: 8 } }, 0.4655],
      [{ kind: 'tt', ranks: 8 }, 0.4827],
      [
        {
          kind: 'hot-cold',
          hot: 4000,
          cold: { kind: 'hash', buckets: 4000, function: 'modulo', into: { kind: 'dense' } },
        },
        0.4933,
      ],
      [{ kind: 'hot-cold', hot: 4000, cold: { kind: 'tt', ranks: 4 } }, 0.5019],
      [{ kind: 'hash', buckets: 20000, into: { kind: 'tt', ranks: 16 } }, 0.5177],
      [{ kind: 'tt', ranks: 4 }, 0.5844],
      [{ kind: 'hash', buckets: 4000, function: 'modulo', into: { kind: 'dense' } }, 0.5915],
      [{ kind: 'hash', buckets: 4000, into: { kind: 'dense' } }, 0.5961],
      [{ kind: 'tt', ranks: 2 }, 0.6217],
      [{ kind: 'hash', buckets: 20000, into: { kind: 'tt', ranks: 4 } }, 0.6408],
      [{ kind: 'hash', buckets: 1000, into: { kind: 'dense' } }, 0.6548],
      [{ kind: 'hash', buckets: 1000, function: 'modulo', into: { kind: 'dense' } }, 0.6571],
      [{ kind: 'hash', buckets: 200, into: { kind: 'dense' } }, 0.6696],
      [{ kind: 'hash', buckets: 200, function: 'modulo', into: { kind: 'dense' } }, 0.67],
      [{ kind: 'hash', buckets: 1, into: { kind: 'dense' } }, 0.6729],
    ],
  },
];
