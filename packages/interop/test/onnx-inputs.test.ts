import { createCpuBackend } from '@ttrec/backend-cpu';
import { Dlrm, type DlrmConfig } from '@ttrec/dlrm';
import type { TableConfig } from '@ttrec/embeddings';
import { exportOnnx } from '@ttrec/interop';
import type { OnnxSession, OnnxSessionOptions } from '@ttrec/onnxruntime';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openOnnx, runOnnx, runtime, type OnnxBags } from './onnx-run.ts';

const ROWS = 61;
const dense = { kind: 'dense' } as const;
const tt = { kind: 'tt', ranks: 2 } as const;

/** Every kind that is written, plain and inside others. A tt of 61 rows is padded to 64. */
const KINDS: readonly TableConfig[] = [
  dense,
  tt,
  { kind: 'hash', buckets: 7, into: dense },
  { kind: 'hash', buckets: 7, function: 'modulo', signs: true, into: dense },
  { kind: 'hash', buckets: 20, probes: 2, into: tt },
  { kind: 'compositional', method: 'quotient-remainder', buckets: 8, combine: 'product' },
  { kind: 'compositional', method: 'hashes', buckets: 8, combine: 'sum' },
  { kind: 'hot-cold', hot: 5, cold: tt },
  { kind: 'hot-cold', hot: 5, hotTable: tt, cold: { kind: 'hash', buckets: 7, into: dense } },
  { kind: 'low-rank', rank: 2 },
  { kind: 'mixed-dimension', dim: 2, into: tt },
  { kind: 'int8', into: dense },
  { kind: 'int4', into: dense },
  { kind: 'int8', into: tt },
];

/** One table, read by one feature, and nothing beside its rows: the logit is a weighted sum of what was pooled. */
function modelOf(table: TableConfig, numEmbeddings: number, pooling: 'sum' | 'mean' = 'sum'): DlrmConfig {
  return {
    denseFeatures: 0,
    embeddingDim: 4,
    tables: [{ name: 'only', numEmbeddings, config: table, featureNames: ['f'], pooling }],
    features: ['f'],
    bottomMlp: [],
    topMlp: [],
    interaction: { kind: 'cat' },
    optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } },
    seed: 5,
  };
}

async function exported(config: DlrmConfig, options?: OnnxSessionOptions): Promise<OnnxSession> {
  const backend = createCpuBackend();
  const file = await exportOnnx(new Dlrm({ backend, ...config }));
  return openOnnx(file, { logSeverityLevel: 4, ...options });
}

async function logitsOf(session: OnnxSession, bags: OnnxBags): Promise<number[]> {
  const { logits } = await runOnnx(session, { f: bags });
  return [...(logits.data as Float32Array)];
}

describe.skipIf(runtime === undefined)('onnxruntime', () => {
  test.each(KINDS)('refuses ids that a table of kind %j does not have', async (table) => {
    const session = await exported(modelOf(table, ROWS));
    expect(await logitsOf(session, { indices: [0, ROWS - 1], offsets: [0, 1, 2] })).toHaveLength(2);
    for (const id of [
      -1,
      -ROWS,
      -ROWS - 1,
      ROWS,
      ROWS + 1,
      63,
      64,
      2 ** 24 + 1,
      2 ** 31,
      2 ** 32,
      -(2 ** 63),
    ]) {
      await expect(logitsOf(session, { indices: [0, BigInt(id), 1], offsets: [0, 3] })).rejects.toThrow(
        `f.indices out of data bounds, must be from 0 to ${ROWS - 1}`,
      );
    }
  });

  test.each(['disabled', 'all'] as const)(
    'refuses an id out of range anywhere in a batch, with optimizations %s',
    async (graphOptimizationLevel) => {
      const session = await exported(modelOf({ kind: 'hash', buckets: 7, into: dense }, ROWS), {
        graphOptimizationLevel,
      });
      const id = fc.bigInt({ min: 0n, max: BigInt(ROWS - 1) });
      const foreign = fc.oneof(
        fc.bigInt({ min: -(2n ** 63n), max: -1n }),
        fc.bigInt({ min: BigInt(ROWS), max: 2n ** 63n - 1n }),
      );
      const batch = fc.tuple(fc.array(id), foreign, fc.array(id));
      await fc.assert(
        fc.asyncProperty(batch, async ([before, wrong, after]) => {
          const indices = [...before, wrong, ...after];
          await expect(logitsOf(session, { indices, offsets: [0, indices.length] })).rejects.toThrow(
            'f.indices',
          );
        }),
        { numRuns: 100 },
      );
    },
  );

  test('looks up the last ids of a table of 2^32 - 1 rows, and none behind them', async () => {
    const last = 2 ** 32 - 2;
    const session = await exported(modelOf({ kind: 'hash', buckets: 7, into: dense }, last + 1));
    const indices = [0, 2 ** 24 + 1, 2 ** 31, last];
    const logits = await logitsOf(session, { indices, offsets: [0, 1, 2, 3, 4] });
    expect(logits.every(Number.isFinite)).toBe(true);
    await expect(logitsOf(session, { indices: [last + 1], offsets: [0, 1] })).rejects.toThrow('f.indices');
  });

  test.each<[string, number, readonly number[]]>([
    ['descend', 3, [0, 2, 1, 3]],
    ['descend at the end', 3, [0, 4, 3]],
    ['begin after 0', 3, [1, 2, 3]],
    ['begin below 0', 3, [-1, 1, 3]],
    ['end before the last id', 3, [0, 2]],
    ['end behind the last id', 3, [0, 4]],
    ['leave out the end, as PyTorch does by default', 3, [0, 1, 2]],
    ['are one 0', 3, [0]],
    ['are none', 3, []],
    ['are none, of no ids', 0, []],
    ['end behind no ids', 0, [0, 1]],
  ])('refuses offsets that %s', async (_, count, offsets) => {
    for (const level of ['disabled', 'all'] as const) {
      const session = await exported(modelOf(dense, ROWS), { graphOptimizationLevel: level });
      await expect(logitsOf(session, { indices: Array(count).fill(1), offsets })).rejects.toThrow(
        'f.offsets must ascend from 0 to the number of indices',
      );
    }
  });

  test('refuses features with different numbers of bags', async () => {
    const config = modelOf(dense, ROWS);
    const session = await exported({
      ...config,
      tables: [{ ...config.tables[0]!, featureNames: ['f', 'g'] }],
      features: ['f', 'g'],
    });
    const [two, one] = [
      { indices: [1, 2], offsets: [0, 1, 2] },
      { indices: [1, 2], offsets: [0, 2] },
    ];
    await expect(runOnnx(session, { f: two, g: one })).rejects.toThrow();
    expect((await runOnnx(session, { f: two, g: two })).logits.dims).toEqual([2]);
  });
});

describe.skipIf(runtime === undefined)(
  'a value that is not finite, or very large, stays in its own bag',
  () => {
    const WEIGHTS = Float32Array.of(1, 2, 4, 8);

    /** A model whose row i is i everywhere, but for `rows`, and whose logit is 15 times what was pooled. */
    async function modelWith(
      rows: Readonly<Record<number, number>>,
      pooling: 'sum' | 'mean',
    ): Promise<OnnxSession> {
      const backend = createCpuBackend();
      const model = new Dlrm({ backend, ...modelOf(dense, ROWS, pooling) });
      const data = Float32Array.from(
        { length: 4 * ROWS },
        (_, i) => rows[Math.floor(i / 4)] ?? Math.floor(i / 4),
      );
      for (const { name, weights, shape } of model.parameters) {
        const length = shape.reduce((product, size) => product * size, 1);
        const values =
          name === 'table.only.weight' ? data : name.endsWith('weight') ? WEIGHTS : new Float32Array(1);
        expect(values).toHaveLength(length);
        backend.write(weights, values);
      }
      return openOnnx(await exportOnnx(model));
    }

    const bags = { indices: [1, 2, 3, 50, 4, 51, 5, 6], offsets: [0, 0, 2, 3, 5, 5, 6, 7, 8, 8] };

    test.each([Infinity, -Infinity, NaN, 3e38])('sums: %d', async (value) => {
      const session = await modelWith({ 50: value, 51: -value }, 'sum');
      const expected = [0, 3, 3, value + 4, 0, -value, 5, 6, 0].map((sum) => Math.fround(15 * sum));
      const pooled = await logitsOf(session, bags);
      expect(pooled.filter((_, bag) => bag !== 3 && bag !== 5)).toEqual([0, 45, 45, 0, 75, 90, 0]);
      if (!Number.isNaN(value)) expect(pooled).toEqual(expected);
      else expect([pooled[3], pooled[5]]).toEqual([NaN, NaN]);
    });

    test.each([Infinity, NaN])('means: %d', async (value) => {
      const session = await modelWith({ 50: value, 51: value }, 'mean');
      expect(await logitsOf(session, bags)).toEqual([0, 22.5, 45, value, 0, value, 75, 90, 0]);
    });

    test('a sum past float32 on the way is no infinity', async () => {
      const session = await modelWith({ 50: 3e38, 51: -3e38 }, 'sum');
      expect(await logitsOf(session, { indices: [50, 50, 7, 51, 51], offsets: [0, 5] })).toEqual([0]);
      const means = await modelWith({ 50: 1e37 }, 'mean');
      const [mean] = await logitsOf(means, { indices: Array(100).fill(50), offsets: [0, 100] });
      expect(mean! / 1.5e38).toBeCloseTo(1, 6);
    });

    test('the same batch gives the same bits', async () => {
      const session = await modelWith({}, 'sum');
      const indices = Array.from({ length: 5000 }, (_, i) => (i * 17) % ROWS);
      const offsets = Array.from({ length: 101 }, (_, b) => 50 * b);
      const first = await logitsOf(session, { indices, offsets });
      for (let run = 0; run < 5; run++) expect(await logitsOf(session, { indices, offsets })).toEqual(first);
    });

    test('bags of any lengths are summed as they are', async () => {
      const session = await modelWith({}, 'sum');
      const lengths = fc.array(fc.oneof(fc.nat(3), fc.nat(200)), { minLength: 1, maxLength: 40 });
      await fc.assert(
        fc.asyncProperty(lengths, async (sizes) => {
          const offsets = [0];
          for (const size of sizes) offsets.push(offsets.at(-1)! + size);
          const indices = Array.from({ length: offsets.at(-1)! }, (_, l) => (l * 7) % ROWS);
          const expected = sizes.map((size, b) => {
            return 15 * indices.slice(offsets[b], offsets[b]! + size).reduce((sum, id) => sum + id, 0);
          });
          expect(await logitsOf(session, { indices, offsets })).toEqual(expected);
        }),
        { numRuns: 50 },
      );
    });
  },
);
