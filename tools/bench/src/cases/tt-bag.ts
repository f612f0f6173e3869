import { cost } from '@ttrec/embeddings';
import type { BenchCase, OwnContender, PeerContender } from '../contender.ts';
import type { IdDistribution } from '../ids.ts';
import { formatCount } from '../report/format.ts';
import { BEST, type EngineName } from '../models.ts';
import { bagWorkload, ROWS, type BagWork } from './bag-workload.ts';

const BAGS = 2048;
const RANK = 32;

interface Shape {
  readonly dim: 16 | 64;
  readonly perBag: number;
  readonly ids: IdDistribution;
  /** How many times faster than `bmm` and than `grouped` a training step is to be. */
  readonly training: readonly [number, number];
}

const shapes: readonly Shape[] = [
  { dim: 64, perBag: 1, ids: 'uniform', training: [9, 3.5] },
  { dim: 64, perBag: 32, ids: 'zipfsorted', training: [15, 9] },
  { dim: 16, perBag: 1, ids: 'uniform', training: [4, 2] },
  { dim: 16, perBag: 32, ids: 'zipfsorted', training: [4, 2] },
];

/** A TT-matrix of three cores of rank 32 in place of 10,131,227 rows; the peers build the same shape. */
export const ttBagCases: readonly BenchCase[] = [
  ...(['train', 'forward'] as const).flatMap((mode) => shapes.map((shape) => ttBagCase(shape, mode))),
  ...([64, 16] as const).map(prefixCase),
  threadsCase(),
];

function ttBagCase(shape: Shape, mode: BagWork['mode']): BenchCase {
  const { dim, perBag, ids, training } = shape;
  const work = workOf(shape, mode);
  const does = mode === 'train' ? 'Forward, backward and SGD' : 'Forward';
  const goals = mode === 'train' ? training : ([undefined, 2] as const);
  return {
    name: `tt-bag/${mode}/d${dim}-r${RANK}/bags${perBag}-${ids === 'uniform' ? 'uniform' : 'zipf'}`,
    what: `${does} of a TT bag: ${formatCount(ROWS)} rows, D ${dim}, rank ${RANK}, ${BAGS} bags of ${perBag}, ${idsInWords(ids)}.`,
    unit: 'lookups',
    unitsPerStep: BAGS * perBag,
    contenders: [
      own('ttrec', BEST, work),
      own('ttrec wasm', 'relaxed', work),
      ...(mode === 'train' ? [own('ttrec strict', 'strict', work), trie(work)] : []),
      torch('bmm', work, goals[0]),
      torch('grouped', work, goals[1]),
      ...(mode === 'train' && perBag === 1 ? [tfjs(work), jaxJs(work)] : []),
    ],
  };
}

function threadsCase(): BenchCase {
  const work = workOf({ dim: 64, perBag: 32, ids: 'zipfsorted' }, 'train');
  return {
    name: `threads/tt-bag/train/d64-r${RANK}/bags32-zipf`,
    what: `Forward, backward and SGD of a TT bag with two threads against one: ${formatCount(ROWS)} rows, D 64, rank ${RANK}, ${BAGS} bags of 32, ${idsInWords('zipfsorted')}.`,
    unit: 'lookups',
    unitsPerStep: BAGS * 32,
    threads: 2,
    contenders: [
      own('ttrec two threads', `${BEST}, two threads`, work),
      { ...own('ttrec one thread', BEST, work), atLeast: 1.7 },
    ],
  };
}

/** The same forward through a table of materialised prefixes, ours and onnxruntime's; both give back a row an id. */
function prefixCase(dim: 16 | 64): BenchCase {
  const table = { kind: 'tt', ranks: RANK, prefixTable: true } as const;
  const work = { ...workOf({ dim, perBag: 1, ids: 'uniform' }, 'forward'), table };
  const { prefixBytes } = cost(table, { numEmbeddings: ROWS, embeddingDim: dim });
  return {
    name: `tt-bag/forward-prefixes/d${dim}-r${RANK}/bags1-uniform`,
    what: `Forward of a TT bag whose prefixes are materialised in ${formatCount(prefixBytes!)} bytes: ${formatCount(ROWS)} rows, D ${dim}, rank ${RANK}, ${BAGS} bags of 1, uniform ids; onnxruntime has the same table and does not pool.`,
    unit: 'lookups',
    unitsPerStep: BAGS,
    contenders: [own('ttrec', BEST, work), own('ttrec wasm', 'relaxed', work), onnxruntime(dim)],
  };
}

function workOf({ dim, perBag, ids }: Pick<Shape, 'dim' | 'perBag' | 'ids'>, mode: BagWork['mode']): BagWork {
  return {
    table: { kind: 'tt', ranks: RANK },
    embeddingDim: dim,
    numEmbeddings: ROWS,
    bags: BAGS,
    perBag,
    ids,
    batches: Math.max(4, Math.floor(64 / perBag)),
    mode,
    learningRate: 1e-4,
  };
}

function own(name: string, engine: EngineName, work: BagWork): OwnContender {
  return { kind: 'own', name, engine, prepare: (models) => bagWorkload(models, engine, work) };
}

/** What the host does for a batch, sorting its ids and building its trie: a forward on an engine that computes nothing. */
function trie(work: BagWork): OwnContender {
  return { ...own('ttrec trie alone', 'dry', { ...work, mode: 'forward' }), atMost: 0.15 };
}

function onnxruntime(dim: number): PeerContender {
  return {
    kind: 'peer',
    name: 'onnxruntime',
    script: 'ort_bench.mjs',
    args: ['--what', 'tt', '--dims', String(dim), '--ranks', String(RANK), '--lookups', String(BAGS)],
    line: 'ort-tt-cached',
    needs: 'onnxruntime',
    atLeast: 1,
  };
}

/** `bmm` is what a PyTorch user writes, `grouped` the fastest of the formulations that keep no table of prefixes. */
function torch(variant: 'bmm' | 'grouped', work: BagWork, atLeast: number | undefined): PeerContender {
  return {
    kind: 'peer',
    name: `torch ${variant}`,
    script: 'torch_tt.py',
    args: [...shapeArguments(work), '--variants', variant],
    line: `torch-tt-${variant}`,
    needs: 'torch',
    atLeast,
  };
}

function tfjs(work: BagWork): PeerContender {
  return {
    kind: 'peer',
    name: 'tfjs wasm',
    script: 'tfjs_tt.mjs',
    args: [...shapeArguments(work), '--variants', 'bmm', '--backend', 'wasm'],
    line: 'tfjs-wasm-bmm',
    needs: 'tfjs',
    atLeast: 15,
  };
}

function jaxJs(work: BagWork): PeerContender {
  return {
    kind: 'peer',
    name: 'jax-js wasm',
    script: 'jaxjs_tt.mjs',
    args: [...shapeArguments(work), '--variants', 'bmm', '--device', 'wasm'],
    line: 'jaxjs-wasm-bmm',
    needs: 'jax-js',
    atLeast: 15,
  };
}

function shapeArguments({ embeddingDim, bags, perBag, ids, mode }: BagWork): string[] {
  const shape = ['--dims', String(embeddingDim), '--ranks', String(RANK), '--rows', String(ROWS)];
  const bagsOfIds = ['--batch', String(bags), '--pool', String(perBag), '--dists', ids];
  return [...shape, ...bagsOfIds, '--modes', mode === 'train' ? 'train' : 'fwd'];
}

function idsInWords(ids: IdDistribution): string {
  return ids === 'uniform' ? 'uniform ids' : 'Zipf 1.05 ids in order of frequency';
}
