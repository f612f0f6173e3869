import { recordingBackend } from '@ttrec/testkit/backend';
import {
  cost,
  EmbeddingBag,
  EmbeddingBagCollection,
  tableKinds,
  type OptimizerConfig,
  type TableConfig,
} from '@ttrec/embeddings';
import { describe, expect, test } from 'vitest';
import { tableCases, type TableCase } from './table-cases.ts';

function allocatedBytes({ config, ...size }: TableCase, optimizer: OptimizerConfig): number {
  const backend = recordingBackend();
  new EmbeddingBag({ backend, ...size, table: config, optimizer });
  return backend.recording().allocatedBytes;
}

describe.each(tableCases)('cost of $name', (table) => {
  const { config, ...size } = table;

  test('bytes at rest are what a table without optimizer state asks of the backend', () => {
    const { parameters, bytes, trainingBytes } = cost(config, size);
    expect(bytes).toBe(allocatedBytes(table, { rule: 'sgd' }));
    expect(bytes).toBe(4 * parameters);
    expect(trainingBytes).toBe(bytes);
  });

  test('bytes in training are what it asks with Adagrad', () => {
    const { bytes, trainingBytes } = cost(config, size, { rule: 'adagrad' });
    expect(trainingBytes).toBe(allocatedBytes(table, { rule: 'adagrad' }));
    expect(trainingBytes).toBe(2 * bytes);
  });
});

test('row-wise Adagrad keeps one number a row', () => {
  const size = { numEmbeddings: 1000, embeddingDim: 16 };
  const optimizer = { rule: 'rowwise-adagrad' } as const;
  const { bytes, trainingBytes } = cost({ kind: 'dense' }, size, optimizer);
  expect(trainingBytes - bytes).toBe(4 * 1000);
  const table: TableCase = { name: 'dense', config: { kind: 'dense' }, ...size };
  expect(allocatedBytes(table, optimizer)).toBe(trainingBytes);
});

describe('the numbers of the TT-Rec paper, Criteo Kaggle, D = 16', () => {
  const largest = [
    [10131227, 495360],
    [8351593, 449152],
    [7046547, 448000],
    [5461306, 393088],
    [2202608, 291648],
    [286181, 160448],
    [142572, 116736],
  ] as const;
  const rest = [
    1460, 583, 305, 24, 12517, 633, 3, 93145, 5683, 3194, 27, 14992, 10, 5652, 2173, 4, 18, 15, 105,
  ];

  test.each(largest)('%i rows at rank 32: %i parameters', (numEmbeddings, parameters) => {
    const config: TableConfig = { kind: 'tt', ranks: 32 };
    expect(cost(config, { numEmbeddings, embeddingDim: 16 }).parameters).toBe(parameters);
  });

  test.each([
    [3, 32, 4.06],
    [5, 32, 48.3],
    [7, 32, 117.4],
    [7, 8, 221.9],
  ])('the %i largest in tt at rank %i: %f times smaller', (tables, ranks, times) => {
    const total = (compressed: number) => {
      const sizes = [...largest.map(([rows]) => rows), ...rest];
      return sizes.reduce((sum, numEmbeddings, t) => {
        const config: TableConfig = t < compressed ? { kind: 'tt', ranks } : { kind: 'dense' };
        return sum + cost(config, { numEmbeddings, embeddingDim: 16 }).bytes;
      }, 0);
    };
    const digits = String(times).split('.')[1]!.length;
    expect((total(0) / total(tables)).toFixed(digits)).toBe(times.toFixed(digits));
  });
});

test('the largest table there is has a price without memory', () => {
  const size = { numEmbeddings: 2 ** 32, embeddingDim: 128 };
  expect(cost({ kind: 'dense' }, size).bytes).toBe(2 ** 41);
});

test('a collection tells the cost of each table in the order given', () => {
  const size = { numEmbeddings: 1000, embeddingDim: 16 };
  const collection = new EmbeddingBagCollection({
    backend: recordingBackend(),
    embeddingDim: 16,
    tables: [
      { name: 'a', numEmbeddings: 1000, config: { kind: 'tt', ranks: 4 } },
      { name: 'b', numEmbeddings: 1000, config: { kind: 'dense' } },
    ],
    features: ['b', 'a'],
  });
  expect(collection.costs.map(({ table, cost: { bytes } }) => [table.name, bytes])).toEqual([
    ['a', cost({ kind: 'tt', ranks: 4 }, size).bytes],
    ['b', cost({ kind: 'dense' }, size).bytes],
  ]);
});

test('the kinds are named', () => {
  expect(tableKinds).toEqual(
    expect.arrayContaining([
      'dense',
      'tt',
      'hash',
      'hot-cold',
      'compositional',
      'low-rank',
      'mixed-dimension',
    ]),
  );
});
