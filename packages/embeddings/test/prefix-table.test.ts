import type { Backend } from '@ttrec/backend';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { cost, EmbeddingBag, EmbeddingBagCollection } from '@ttrec/embeddings';
import type { TTConfig } from '@ttrec/embeddings/configs';
import { beforeEach, expect, test } from 'vitest';
import { randomise, readBlock } from './host-values.ts';
import { refusal } from '@ttrec/test-support';

const size = { numEmbeddings: 5000, embeddingDim: 16 };
const plain: TTConfig = { kind: 'tt', ranks: [3, 5] };
const shapes: [string, TTConfig][] = [
  ['3 cores', plain],
  ['4 cores of unequal ranks', { kind: 'tt', cores: 4, ranks: [2, 5, 3] }],
  // More than one chunk of prefixes: 100 x 50.
  ['many prefixes', { kind: 'tt', ranks: 2, rowShape: [100, 50, 1], colShape: [2, 2, 4] }],
];
const bags = {
  indices: Uint32Array.of(0, 4999, 17, 17, 4998, 2500, 1),
  offsets: Uint32Array.of(0, 2, 2, 5, 7),
};
const gradOut = Float32Array.from({ length: 4 * 16 }, (_, i) => Math.sin(i));

let backend: Backend;
beforeEach(() => {
  backend = createCpuBackend();
});

function makeBag(table: TTConfig): EmbeddingBag {
  return new EmbeddingBag({ backend, ...size, table, seed: 3 });
}

async function read(bag: EmbeddingBag): Promise<number[]> {
  return [...(await readBlock(backend, bag.forward(bags, { training: false })))];
}

/** The same sums of the same float32 values in the same order: equal to the last bit. */
test.each(shapes)('rows are those that the cores give, %s', async (_, table) => {
  const [slow, fast] = [makeBag(table), makeBag({ ...table, prefixTable: true })];
  expect(await read(fast)).toEqual(await read(slow));
});

test('training reads and changes the cores, and what is read next has seen it', async () => {
  const [slow, fast] = [makeBag(plain), makeBag({ ...plain, prefixTable: true })];
  for (let step = 0; step < 2; step++) {
    const before = await read(slow);
    for (const bag of [slow, fast]) {
      bag.forward(bags);
      bag.backward({ gradOut, learningRate: 0.5 });
    }
    expect(await read(fast)).toEqual(await read(slow));
    expect(await read(slow)).not.toEqual(before);
  }
});

test('cores that are written from outside are read from then on, by copies of parameters too', async () => {
  const [slow, fast] = [makeBag(plain), makeBag({ ...plain, prefixTable: true })];
  const taken = fast.parameters.map((parameter) => ({ ...parameter }));
  await read(fast);
  for (const parameters of [slow.parameters, taken]) randomise(backend, parameters);
  expect(await read(fast)).toEqual(await read(slow));
});

test('rows that are replaced are read from then on', async () => {
  const [slow, fast] = [plain, { ...plain, prefixTable: true }].map((config) => {
    const { numEmbeddings, embeddingDim } = size;
    const tables = [{ name: 'items', numEmbeddings, config }];
    return new EmbeddingBagCollection({ backend, embeddingDim, tables }).table('items');
  });
  const before = await fast!.rows(bags.indices);
  const source = { ...size, read: async (start: number, end: number) => rowsLike(start, end) };
  for (const rows of [slow!, fast!]) await rows.fit(source);
  expect(await fast!.rows(bags.indices)).toEqual(await slow!.rows(bags.indices));
  expect(await fast!.rows(bags.indices)).not.toEqual(before);
});

function rowsLike(start: number, end: number): Float32Array {
  return Float32Array.from({ length: 16 * (end - start) }, (_, i) => Math.sin(16 * start + i));
}

test('it takes the bytes that cost tells, once it is read, and gives them back', async () => {
  const config: TTConfig = { ...plain, prefixTable: true, rowShape: [20, 25, 10], colShape: [2, 2, 4] };
  const price = cost(config, size);
  expect(price.prefixBytes).toBe(4 * 20 * 25 * 2 * 2 * 5);
  expect(price.trainingBytes - price.bytes).toBe(price.prefixBytes);
  expect(cost({ ...config, prefixTable: false }, size).prefixBytes).toBe(0);
  const bag = makeBag(config);
  await read(bag);
  const held = backend.memory().bytes;
  // Another table of prefixes takes the place of one that is out of date.
  randomise(backend, bag.parameters);
  await read(bag);
  expect(backend.memory().bytes).toBe(held);
  // Training frees it.
  bag.forward(bags);
  bag.backward({ gradOut, learningRate: 0.5 });
  const trained = backend.memory().bytes;
  await read(bag);
  expect(backend.memory().bytes - trained).toBe(price.prefixBytes);
  bag.dispose();
  expect(backend.memory().bytes).toBe(0);
});

test('it is refused where it has no place', () => {
  const refuse = (config: Parameters<typeof cost>[0]) => () => cost(config, size);
  const two: TTConfig = { kind: 'tt', ranks: 4, cores: 2, prefixTable: true };
  expect(refuse(two)).toThrow(refusal('embeddings/bad-prefix-table', 'below three cores', 'got 2 cores'));
  const inInt8 = { kind: 'int8', into: { ...plain, prefixTable: true } } as const;
  expect(refuse(inInt8)).toThrow(refusal('embeddings/bad-prefix-table', 'must be left out'));
});
