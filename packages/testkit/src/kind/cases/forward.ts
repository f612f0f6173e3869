import type { Backend, Pooling } from '@ttrec/backend';
import { bagsOf, sampleBags, singles, weighted } from '../../backend/index.ts';
import type { Bags } from '@ttrec/embeddings';
import { TOLERANCE, type KindCase } from '../kind-case.ts';
import { Oracle } from '../oracle.ts';
import { pooledRows } from '../pool.ts';
import { preparedBag } from '../prepared-bag.ts';
import { requireNear, requireSame } from '../require.ts';
import type { TableUnderTest } from '../table-under-test.ts';

type Batch = (table: TableUnderTest) => Bags;

const batches: readonly (readonly [string, Batch])[] = [
  ['bags of many sizes', ({ numEmbeddings }) => sampleBags(numEmbeddings)],
  [
    'one id a bag, up to the last',
    ({ numEmbeddings: n }) => singles([0, n - 1, Math.floor((n - 1) / 2), n - 1]),
  ],
  ['empty bags only', () => bagsOf([[], [], []])],
  ['an empty bag at either end', ({ numEmbeddings }) => bagsOf([[], [numEmbeddings - 1, 0], []])],
  ['fifty times the same id', ({ numEmbeddings }) => bagsOf([new Array<number>(50).fill(numEmbeddings - 1)])],
  ['no bags', () => bagsOf([])],
];

const poolings = [
  ['sum', 'sum', (bags: Bags) => bags],
  ['mean', 'mean', (bags: Bags) => bags],
  ['weighted sum', 'sum', weighted],
] as const satisfies readonly (readonly [string, Pooling, (bags: Bags) => Bags])[];

async function checkForward(table: TableUnderTest, backend: Backend, batch: Batch): Promise<void> {
  for (const [name, pooling, withWeights] of poolings) {
    const bags = withWeights(batch(table));
    const bag = await preparedBag(table, backend, { pooling });
    const oracle = await Oracle.of(table, bag);
    const want = pooledRows(oracle.rows(bags.indices), bags, pooling, table.embeddingDim);
    const { buffer, rows, cols } = bag.forward(bags);
    const got = await backend.read(buffer, 0, rows * cols);
    requireNear(name, got, want, TOLERANCE);
    const untrained = bag.forward(bags, { training: false });
    requireSame(`${name}, without training`, await backend.read(untrained.buffer, 0, rows * cols), got);
    oracle.dispose();
    bag.dispose();
  }
}

export const forwardCases: readonly KindCase[] = batches.map(([name, batch]) => ({
  name: `forward, ${name}: sum, mean and weighted sum equal the reconstruction, trained or not`,
  run: (table, backend) => checkForward(table, backend, batch),
}));
