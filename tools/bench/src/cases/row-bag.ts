import type { TableConfig } from '@ttrec/embeddings';
import type { BenchCase } from '../contender.ts';
import { formatCount } from '../report/format.ts';
import { BEST } from '../models.ts';
import { bagWorkload, ROWS, type BagWork } from './bag-workload.ts';

const BAGS = 2048;
const DIM = 64;
const BUCKETS = 500_000;
/** Enough ids that their rows do not stay in the last-level cache, as the peer's script has it. */
const LOOKUPS_OF_BAGS = 512;

interface Table {
  readonly name: string;
  readonly config: TableConfig;
  /** Rows of the peer's table. A hashed table is held to one that has its size and hashes nothing. */
  readonly peerRows: number;
}

const tables: readonly Table[] = [
  { name: 'dense', config: { kind: 'dense' }, peerRows: ROWS },
  { name: 'hash', config: { kind: 'hash', buckets: BUCKETS, into: { kind: 'dense' } }, peerRows: BUCKETS },
];

/** Tables that hold rows: dense, and hashed to 500,000. */
export const rowBagCases: readonly BenchCase[] = tables.flatMap((table) =>
  [1, 32].map((perBag) => rowBagCase(table, perBag)),
);

function rowBagCase({ name, config, peerRows }: Table, perBag: number): BenchCase {
  const work: BagWork = {
    table: config,
    embeddingDim: DIM,
    numEmbeddings: ROWS,
    bags: BAGS,
    perBag,
    ids: 'uniform',
    batches: Math.max(8, Math.floor(LOOKUPS_OF_BAGS / perBag)),
    mode: 'train',
    learningRate: 0.01,
  };
  const shape = ['--rows', String(peerRows), '--dims', String(DIM), '--batch', String(BAGS)];
  return {
    name: `bag/train/${name}-d${DIM}/bags${perBag}-uniform`,
    what: `Forward, backward and SGD of a ${name} bag: ${formatCount(ROWS)} ids, D ${DIM}, ${BAGS} bags of ${perBag}, uniform ids; torch's table has ${formatCount(peerRows)} rows.`,
    unit: 'lookups',
    unitsPerStep: BAGS * perBag,
    contenders: [
      {
        kind: 'own',
        name: 'ttrec',
        engine: BEST,
        prepare: (models) => bagWorkload(models, BEST, work),
      },
      {
        kind: 'peer',
        name: 'torch EmbeddingBag',
        script: 'torch_embedding_bag.py',
        args: [...shape, '--pool', String(perBag), '--dists', 'uniform', '--modes', 'train'],
        line: 'torch-embeddingbag',
        needs: 'torch',
        atLeast: 1.5,
      },
    ],
  };
}
