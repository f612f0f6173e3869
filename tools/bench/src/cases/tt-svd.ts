import { createNativeMatmul } from '@ttrec/backend-native';
import { createWasmMatmul } from '@ttrec/backend-wasm';
import { fillNormal, product, RandomStream } from '@ttrec/core';
import {
  initialiseCores,
  row,
  toDense,
  ttMatrixOf,
  ttSvd,
  type Matmul,
  type TTMatrix,
  type TTShape,
} from '@ttrec/tensor-train';
import { frobeniusNorm } from '@ttrec/tensor-train/algebra';
import { fromFloat32Matmul, ttSvdStreamed } from '@ttrec/tensor-train/decompose';
import { sliceDigits } from '@ttrec/tensor-train/matrices';
import ndarray from 'ndarray';
import { compare, type Check } from '../check.ts';
import type { BenchCase, Workload } from '../contender.ts';
import { BEST } from '../models.ts';

const FACTORS = { rowShape: [100, 100, 100], colShape: [4, 4, 4] };
const [ROWS, COLUMNS] = [product(FACTORS.rowShape), product(FACTORS.colShape)];
const RANK = 32;
/** Of the planted part under the noise, which is a tenth of it and all that a decomposition may miss. */
const PLANTED_RANK = 16;
const NOISE = 0.1;
const MISSED = NOISE / Math.hypot(1, NOISE);

const randomTT = (rank: number): TTMatrix => {
  const shape: TTShape = { ...FACTORS, ranks: [1, rank, rank, 1] };
  const stream = new RandomStream(1, `bench/tt-svd/${rank}`);
  return ttMatrixOf(shape, initialiseCores({ shape, distribution: 'gaussian', scale: 'rank-aware', stream }));
};

type Decompose = (table: Float32Array, matmul: Matmul) => number;

const options = { ...FACTORS, ranks: RANK };
const reader = (table: Float32Array) => (start: number, end: number) =>
  table.subarray(start * COLUMNS, end * COLUMNS);
const streamed = { ...options, numRows: ROWS, numCols: COLUMNS };
const stream = new RandomStream(1, 'bench/tt-svd');
const inMemory = (table: Float32Array) => ndarray(table, [ROWS, COLUMNS]);

/** The relative error of each way, and how near it must be to what the noise alone leaves. */
const decompositions: Readonly<
  Record<string, { run: Decompose; peer: string; tolerance: number; atLeast?: number }>
> = {
  'streamed-gram': {
    run: (table, matmul) => ttSvdStreamed(reader(table), { ...streamed, matmul }).relativeError,
    peer: 'gram',
    tolerance: 1e-3,
    atLeast: 1,
  },
  gram: {
    run: (table, matmul) => ttSvd(inMemory(table), { ...options, matmul, method: 'gram' }).relativeError,
    peer: 'gram',
    tolerance: 1e-3,
  },
  // Without a power iteration a sketch is some tens of per cent further off.
  'streamed-sketch': {
    run: (table, matmul) =>
      ttSvdStreamed(reader(table), { ...streamed, matmul, method: 'sketch', stream }).relativeError,
    peer: 'rsvd',
    tolerance: 0.05,
  },
  randomised: {
    run: (table, matmul) =>
      ttSvd(inMemory(table), { ...options, matmul, method: 'randomised', stream }).relativeError,
    peer: 'rsvd',
    tolerance: 1e-2,
  },
};

export const ttSvdCases: readonly BenchCase[] = [
  ...Object.entries(decompositions).map(([name, { run, peer, tolerance, atLeast }]) =>
    benchCase(name, { line: `torch-ttsvd-${peer}`, atLeast }, async () => {
      const [table, matmul] = [plantedTable(), await floatMatmul()];
      return {
        step: async () => run(table, matmul),
        check: async () => ({ error: Math.abs(run(table, matmul) - MISSED), tolerance }),
      };
    }),
  ),
  benchCase('whole-table', { line: 'torch-tt-full' }, async () => {
    const [tt, matmul] = [randomTT(RANK), await floatMatmul()];
    const check = async (): Promise<Check> => {
      const last = toDense(tt, { matmul }).data.subarray(-COLUMNS);
      return compare([last], [row(tt, ROWS - 1)]);
    };
    return { step: async () => toDense(tt, { matmul }), check };
  }),
];

function benchCase(
  name: string,
  { line, atLeast }: { readonly line: string; readonly atLeast?: number | undefined },
  prepare: () => Promise<Omit<Workload, 'engine'>>,
): BenchCase {
  const methods = line.replace('torch-ttsvd-', '').replace('torch-tt-full', 'gram');
  const shape = ['--p', FACTORS.rowShape.join(), '--q', FACTORS.colShape.join(), '--ranks', String(RANK)];
  return {
    name: `tt-svd/${name}`,
    what: `A table of ${ROWS} × ${COLUMNS} float32 numbers and TT-ranks ${RANK}: ${name.replace('-', ' ')}.`,
    unit: 'rows',
    unitsPerStep: ROWS,
    contenders: [
      {
        kind: 'own',
        name: 'ttrec',
        engine: BEST,
        prepare: async () => ({ engine: `products of ${BEST}`, ...(await prepare()) }),
      },
      {
        kind: 'peer',
        name: 'PyTorch',
        needs: 'torch',
        script: 'tt_svd.py',
        args: [...shape, '--methods', methods, '--full', line === 'torch-tt-full' ? '1' : '0'],
        line,
        atLeast,
      },
    ],
  };
}

async function floatMatmul(): Promise<Matmul> {
  return fromFloat32Matmul(BEST === 'native' ? createNativeMatmul() : await createWasmMatmul());
}

/** A TT of rank 16 and noise of a tenth of it; made block by block, to leave the peak of memory alone. */
function plantedTable(): Float32Array {
  const planted = randomTT(PLANTED_RANK);
  const size = frobeniusNorm(planted) / Math.sqrt(ROWS * COLUMNS);
  const table = new Float32Array(ROWS * COLUMNS);
  fillNormal(table, new RandomStream(1, 'bench/tt-svd/noise'));
  let at = 0;
  for (let digit = 0; digit < FACTORS.rowShape[0]!; digit++) {
    for (const value of toDense(sliceDigits(planted, [[digit, digit + 1], null, null])).data) {
      table[at] = value / size + NOISE * table[at]!;
      at++;
    }
  }
  return table;
}
