import type { BenchCase, PeerContender } from '../contender.ts';
import type { IdDistribution } from '../ids.ts';
import { formatCount } from '../format.ts';
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
  { dim: 64, perBag: 1, ids: 'uniform', training: [4, 2] },
  { dim: 64, perBag: 32, ids: 'zipfsorted', training: [15, 4] },
  { dim: 16, perBag: 1, ids: 'uniform', training: [4, 2] },
  { dim: 16, perBag: 32, ids: 'zipfsorted', training: [4, 2] },
];

/** A TT-matrix of three cores of rank 32 in place of 10,131,227 rows; the peers build the same shape. */
export const ttBagCases: readonly BenchCase[] = (['train', 'forward'] as const).flatMap((mode) =>
  shapes.map((shape) => ttBagCase(shape, mode)),
);

function ttBagCase(shape: Shape, mode: BagWork['mode']): BenchCase {
  const { dim, perBag, ids, training } = shape;
  const work: BagWork = {
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
  const does = mode === 'train' ? 'Forward, backward and SGD' : 'Forward';
  const goals = mode === 'train' ? training : ([undefined, 2] as const);
  return {
    name: `tt-bag/${mode}/d${dim}-r${RANK}/bags${perBag}-${ids === 'uniform' ? 'uniform' : 'zipf'}`,
    what: `${does} of a TT bag: ${formatCount(ROWS)} rows, D ${dim}, rank ${RANK}, ${BAGS} bags of ${perBag}, ${idsInWords(ids)}.`,
    unit: 'lookups',
    unitsPerStep: BAGS * perBag,
    contenders: [
      {
        kind: 'own',
        name: 'ttrec',
        engine: 'relaxed',
        prepare: (models) => bagWorkload(models, 'relaxed', work),
      },
      torch('bmm', work, goals[0]),
      torch('grouped', work, goals[1]),
      ...(mode === 'train' && perBag === 1 ? [tfjs(work), jaxJs(work)] : []),
    ],
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
    ...(atLeast === undefined ? {} : { atLeast }),
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
