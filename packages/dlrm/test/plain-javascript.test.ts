import { createRegistry, wholeBlock } from '@ttrec/backend';
import { cpuBackendFactory, createCpuBackend } from '@ttrec/backend-cpu';
import { createWasmBackend, createWasmBackendFactory, createWasmMatmul } from '@ttrec/backend-wasm';
import { auc, binaryMetrics, Dlrm, probabilities } from '@ttrec/dlrm';
import { dlrmShape, denseWeightBytes } from '@ttrec/dlrm/layers';
import {
  cost,
  denseRows,
  EmbeddingBag,
  EmbeddingBagCollection,
  priceTables,
  stateReader,
} from '@ttrec/embeddings';
import { grownConfig, rowTables } from '@ttrec/embeddings/configs';
import { expect, test } from 'vitest';

/** What a caller without a compiler may hand in anywhere. */
const oddValues: readonly unknown[] = [
  null,
  undefined,
  0,
  NaN,
  -1,
  1.5,
  'x',
  '',
  [],
  [[]],
  {},
  true,
  () => 1,
  new Float64Array(2),
  new Float32Array(0),
  new Date(0),
  Promise.resolve(),
];

const backend = createCpuBackend();
const size = { numEmbeddings: 10, embeddingDim: 4 };
const dense = { kind: 'dense' };
const tt = {
  kind: 'tt',
  ranks: [2, 2],
  rowShape: [2, 5, 1],
  colShape: [2, 2, 1],
  initialisation: { scale: 'reference' },
};
const bags = { indices: Uint32Array.of(1), offsets: Uint32Array.of(0, 1) };
const parts = {
  embeddingDim: 4,
  tables: [{ name: 'a', numEmbeddings: 5, config: dense, featureNames: ['f'], pooling: 'sum' }],
  features: ['f'],
};
const config = {
  ...parts,
  denseFeatures: 2,
  bottomMlp: [3],
  topMlp: [3],
  interaction: { kind: 'dot' },
  optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } },
  seed: 1,
};
const batch = { size: 1, dense: new Float32Array(2), features: [bags], labels: Float32Array.of(1) };
const rows = { numEmbeddings: 5, embeddingDim: 4, read: () => new Float32Array(20) };

const bag = new EmbeddingBag({ backend, ...size });
const collection = new EmbeddingBagCollection({ backend, ...parts } as never);
const model = new Dlrm({ backend, ...config } as never);
const block = wholeBlock(backend.createBuffer({ dtype: 'float32', rows: 1, cols: 4, label: 'block' }));
const column = { ...block, cols: 1 };

interface Disposable {
  dispose(): void;
}
const made = (object: Disposable): void => object.dispose();
const withTable = (table: never) => {
  cost(table, size);
  rowTables(table, size);
  made(new EmbeddingBag({ backend, ...size, table }));
};
const afterForward = (act: () => unknown) => {
  bag.forward(bags);
  collection.forward([bags], block);
  return act();
};

type Act = (...args: never[]) => unknown;

/** Functions with arguments that are in order. */
const calls: readonly (readonly [name: string, args: readonly unknown[], act: Act])[] = [
  [
    'new EmbeddingBag',
    [
      {
        backend,
        ...size,
        table: tt,
        optimizer: { rule: 'adagrad', epsilon: 1 },
        kinds: [],
        seed: 1,
        name: 'x',
        pooling: 'sum',
      },
    ],
    (o: never) => made(new EmbeddingBag(o)),
  ],
  ['tt', [tt], withTable],
  ['hash', [{ kind: 'hash', buckets: 3, into: dense, probes: 2, signs: true }], withTable],
  ['hot-cold', [{ kind: 'hot-cold', hot: 2, cold: dense }], withTable],
  ['a grown hot-cold', [{ kind: 'hot-cold', hot: 2, cold: dense }, size, 20], grownConfig],
  [
    'compositional',
    [{ kind: 'compositional', buckets: 3, into: dense, method: 'hashes', combine: 'sum' }],
    withTable,
  ],
  ['low-rank', [{ kind: 'low-rank', rank: 2 }], withTable],
  ['mixed-dimension', [{ kind: 'mixed-dimension', dim: 2, into: dense }], withTable],
  ['cached', [{ kind: 'cached', rows: 2, into: { kind: 'tt', ranks: 2 } }], withTable],
  ['int8', [{ kind: 'int8', into: dense }], withTable],
  ['cost', [dense, size, { rule: 'sgd' }, []], cost],
  ['rowTables', [dense, size, []], rowTables],
  ['grownConfig', [dense, size, 20, []], grownConfig],
  ['priceTables', [parts.tables, 4, { rule: 'sgd' }], priceTables],
  ['denseRows', [new Float32Array(8), 4, new Float32Array(2)], denseRows],
  [
    'fromDense',
    [rows, { backend }],
    async (source: never, o: never) => made(await EmbeddingBag.fromDense(source, o)),
  ],
  ['convert', [{ table: dense, pooling: 'sum' }], async (o: never) => made((await bag.convert(o)).bag)],
  ['grow', [12], async (n: never) => made(await bag.grow(n))],
  ['forward', [bags, { training: true }], (b: never, o: never) => bag.forward(b, o)],
  [
    'backward',
    [{ gradOut: new Float32Array(4), learningRate: 1 }],
    (o: never) => afterForward(() => bag.backward(o)),
  ],
  ['gradients', [new Float32Array(4)], (o: never) => afterForward(() => bag.gradients(o))],
  ['row', [1], (id: never) => bag.row(id)],
  ['rows', [Uint32Array.of(1)], (ids: never) => bag.rows(ids)],
  ['read', [0, 1], (start: never, end: never) => bag.read(start, end)],
  [
    'loadState',
    [stateReader(bag.state()), { allowGrowth: false }],
    (r: never, o: never) => bag.loadState(r, o),
  ],
  ['stateReader', [bag.state(), 'x'], stateReader],
  [
    'new EmbeddingBagCollection',
    [{ backend, ...parts, optimizer: { rule: 'sgd' }, seed: 1 }],
    (o: never) => made(new EmbeddingBagCollection(o)),
  ],
  [
    'collection.check',
    [[bags], 1, { training: true }],
    (b: never, n: never, o: never) => collection.check(b, n, o),
  ],
  [
    'collection.forward',
    [[bags], block, { firstColumn: 0, training: true }],
    (b: never, out: never, o: never) => collection.forward(b, out, o),
  ],
  [
    'collection.backward',
    [block, { firstColumn: 0, learningRate: 1 }],
    (g: never, o: never) => afterForward(() => collection.backward(g, o)),
  ],
  [
    'collection.gradients',
    [block, { firstColumn: 0 }],
    (g: never, o: never) => afterForward(() => collection.gradients(g, o)),
  ],
  ['collection.table', ['a'], (name: never) => collection.table(name)],
  ['fit', [rows, {}], (source: never, o: never) => collection.table('a').fit(source, o)],
  ['new Dlrm', [{ backend, ...config, outputBias: 0 }], (o: never) => made(new Dlrm(o))],
  ['dlrmShape', [config], dlrmShape],
  ['denseWeightBytes', [config], denseWeightBytes],
  ['trainStep', [batch, { learningRate: 1 }], (b: never, o: never) => model.trainStep(b, o)],
  ['predict', [batch, { output: 'logits' }], (b: never, o: never) => model.predict(b, o)],
  ['logits', [batch], (b: never) => model.logits(b)],
  ['model.gradients', [batch], (b: never) => model.gradients(b)],
  [
    'auc',
    [
      [0, 1],
      [0.1, 0.2],
    ],
    auc,
  ],
  ['binaryMetrics', [[0, 1], [0.1, 0.2], { fromLogits: false }], binaryMetrics],
  ['probabilities', [[1, 2]], probabilities],
  ['createCpuBackend', [{ maxTotalBytes: 100 }], createCpuBackend],
  [
    'createWasmBackend',
    [{ simd: 'strict', threads: 1, maxTotalBytes: 1e6 }],
    async (o: never) => (await createWasmBackend(o)).dispose(),
  ],
  ['createWasmBackendFactory', [{ simd: 'strict' }], createWasmBackendFactory],
  ['createWasmMatmul', [{ simd: 'strict' }], createWasmMatmul],
  ['createRegistry', [[cpuBackendFactory]], createRegistry],
  ['register', [{ ...cpuBackendFactory }], (factory: never) => createRegistry().register(factory)],
  ['select', [{ required: 'cpu' }], (o: never) => createRegistry([cpuBackendFactory]).select(o)],
  ['get', ['cpu'], (name: never) => createRegistry([cpuBackendFactory]).get(name)],
  [
    'createBuffer',
    [{ dtype: 'float32', rows: 2, cols: 2, label: 'x' }],
    (spec: never) => made(backend.createBuffer(spec)),
  ],
  [
    'write',
    [block.buffer, new Float32Array(4), 0],
    (b: never, data: never, start: never) => backend.write(b, data, start),
  ],
  [
    'backend.read',
    [block.buffer, 0, 2],
    (b: never, start: never, length: never) => backend.read(b, start, length),
  ],
  ['backend.read of a block', [block], (b: never) => backend.read(b)],
  ['fill', [{ out: block, value: 1 }], (args: never) => backend.fill(args)],
  [
    'matmul',
    [{ a: column, b: column, out: { ...column, column: 2 }, transposeA: true, activation: 'relu' }],
    (args: never) => backend.matmul(args),
  ],
];

/** Every place within a value: itself, its fields, their fields. */
function placesIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  const isPlain =
    typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !('createBuffer' in value);
  if (!isPlain || value instanceof Map) return [path];
  return [path, ...Object.entries(value).flatMap(([name, inner]) => placesIn(inner, [...path, name]))];
}

function replaced(value: unknown, [name, ...rest]: readonly string[], by: unknown): unknown {
  if (name === undefined) return by;
  const copy: Record<string, unknown> = Object.assign(Array.isArray(value) ? [] : {}, value);
  copy[name] = replaced(copy[name], rest, by);
  return copy;
}

test.each(calls)('%s: whatever is handed in, no error is without a code', async (_, args, act) => {
  const call = act as (...args: unknown[]) => unknown;
  await call(...args);
  for (const [i, argument] of args.entries()) {
    for (const path of placesIn(argument)) {
      for (const odd of oddValues) {
        const place = `argument ${i}, ${path.join('.')}, ${typeof odd} ${String(odd)}`;
        const error = await thrownBy(() => call(...args.with(i, replaced(argument, path, odd))));
        if (error !== undefined) expect(error, place).toMatchObject({ name: 'TtrecError' });
      }
    }
  }
});

async function thrownBy(act: () => unknown): Promise<unknown> {
  try {
    await act();
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}

test('a promise of a backend is named for what it is', () => {
  const promised = createWasmBackend() as never;
  expect(() => new EmbeddingBag({ backend: promised, ...size })).toThrow(
    'backend: must be a backend, such as createCpuBackend() returns, got Promise. Await the promise',
  );
});
