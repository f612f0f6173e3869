import type { TableConfig } from '@ttrec/embeddings';
import type { BenchCase, Contender, OwnContender, PeerContender } from '../contender.ts';
import { BEST, type EngineName } from '../models.ts';
import { dlrmWorkload, type DlrmWork } from './dlrm-workload.ts';

/** Rows of the 26 tables of Criteo Kaggle. */
const KAGGLE: readonly number[] = [
  1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683, 8351593, 3194, 27, 14992, 5461306, 10,
  5652, 2173, 4, 7046547, 18, 15, 286181, 105, 142572,
];
/** Rows of each table where a peer cannot train large ones. */
const SMALL_ROWS = 1000;
const IN_TT = 7;
const RANK = 32;
/** What all batches of a case hold together, as the peers' scripts have it. */
const SAMPLES = 65_536;

const kaggle = KAGGLE.map((numEmbeddings) => table(numEmbeddings, { kind: 'dense' }));
const seventh = KAGGLE.toSorted((a, b) => b - a)[IN_TT - 1]!;
const kaggleInTT = KAGGLE.map((rows) =>
  table(rows, rows >= seventh ? { kind: 'tt', ranks: RANK } : { kind: 'dense' }),
);
const small = KAGGLE.map(() => table(SMALL_ROWS, { kind: 'dense' }));

export const dlrmCases: readonly BenchCase[] = [
  ...[128, 2048].map((batchSize) =>
    dlrmCase('train', `kaggle/batch${batchSize}`, work('kaggle dense', kaggle, batchSize, 'train'), [
      torch(batchSize, batchSize === 128 ? 1.5 : 1.2),
    ]),
  ),
  {
    name: 'dlrm/train/kaggle-tt-against-dense/batch2048',
    what: `A training step of the whole DLRM, batch 2048, the ${IN_TT} largest tables in TT at rank ${RANK}, against all dense. The paper reports 1.14 times the time.`,
    unit: 'samples',
    unitsPerStep: 2048,
    contenders: [
      own('ttrec tt', work('kaggle tt', kaggleInTT, 2048, 'train')),
      { ...own('ttrec dense', work('kaggle dense', kaggle, 2048, 'train')), atLeast: 0.95 },
    ],
  },
  {
    name: 'threads/dlrm/train/rows1000/batch2048',
    what: 'A training step of DLRM, 26 dense tables of 1,000 rows, batch 2048, with two threads against one.',
    unit: 'samples',
    unitsPerStep: 2048,
    threads: 2,
    contenders: [
      own('ttrec two threads', work('small', small, 2048, 'train'), `${BEST}, two threads`),
      { ...own('ttrec one thread', work('small', small, 2048, 'train')), atLeast: 1.7 },
    ],
  },
  ...[128, 2048].map((batchSize) =>
    dlrmCase('train', `rows1000/batch${batchSize}`, work('small', small, batchSize, 'train'), [
      own('ttrec strict', work('small', small, batchSize, 'train'), 'strict'),
      tfjs('wasm', batchSize),
      ...(batchSize === 128 ? [tfjs('cpu', batchSize)] : []),
      jaxJs(batchSize),
    ]),
  ),
  ...(
    [
      [1, 1.2],
      [128, 1.2],
      [2048, 1.15],
    ] as const
  ).map(([batchSize, atLeast]) =>
    dlrmCase('predict', `rows1000/batch${batchSize}`, work('small', small, batchSize, 'predict'), [
      onnxruntime(batchSize, atLeast),
    ]),
  ),
];

function dlrmCase(
  mode: 'train' | 'predict',
  shape: string,
  does: DlrmWork,
  others: readonly Contender[],
): BenchCase {
  const tables = shape.startsWith('kaggle')
    ? 'Criteo Kaggle’s 26 dense tables'
    : '26 dense tables of 1,000 rows';
  return {
    name: `dlrm/${mode}/${shape}`,
    what: `${mode === 'train' ? 'A training step (SGD)' : 'Inference'} of DLRM 13-512-256-64-16, 512-256-1, ${tables}, batch ${does.batchSize}.`,
    unit: 'samples',
    unitsPerStep: does.batchSize,
    contenders: [own('ttrec', does), own('ttrec wasm', does, 'relaxed'), ...others],
  };
}

function own(name: string, does: DlrmWork, engine: EngineName = BEST): OwnContender {
  return { kind: 'own', name, engine, prepare: (models) => dlrmWorkload(models, engine, does) };
}

function torch(batchSize: number, atLeast: number): PeerContender {
  return {
    kind: 'peer',
    name: 'torch',
    script: 'dlrm_torch.py',
    args: ['--what', 'plain', '--rows', 'kaggle', '--batch', String(batchSize), '--modes', 'train'],
    line: 'torch-dlrm-plain',
    needs: 'torch',
    atLeast,
  };
}

function tfjs(backend: 'wasm' | 'cpu', batchSize: number): PeerContender {
  return {
    kind: 'peer',
    name: `tfjs ${backend}`,
    script: 'tfjs_dlrm.mjs',
    args: [...smallArguments(batchSize), '--backend', backend],
    line: `tfjs-${backend}-dlrm`,
    needs: 'tfjs',
    atLeast: 15,
  };
}

function jaxJs(batchSize: number): PeerContender {
  return {
    kind: 'peer',
    name: 'jax-js wasm',
    script: 'jaxjs_dlrm.mjs',
    args: smallArguments(batchSize),
    line: 'jaxjs-wasm-dlrm',
    needs: 'jax-js',
    atLeast: 15,
  };
}

function onnxruntime(batchSize: number, atLeast: number | undefined): PeerContender {
  return {
    kind: 'peer',
    name: 'onnxruntime',
    script: 'ort_bench.mjs',
    args: ['--what', 'dlrm', '--batch', String(batchSize), '--table-rows', String(SMALL_ROWS)],
    line: 'ort-dlrm-full',
    needs: 'onnxruntime',
    atLeast,
  };
}

/** Seconds a step: three repetitions. */
function smallArguments(batchSize: number): string[] {
  const shape = ['--rows', String(SMALL_ROWS), '--batch', String(batchSize), '--modes', 'train'];
  return [...shape, '--reps', '3', '--warmup', '1'];
}

function work(name: string, tables: DlrmWork['tables'], batchSize: number, mode: DlrmWork['mode']): DlrmWork {
  return { name, tables, batchSize, batches: Math.max(8, Math.min(512, SAMPLES / batchSize)), mode };
}

function table(numEmbeddings: number, config: TableConfig): DlrmWork['tables'][number] {
  return { numEmbeddings, config };
}
