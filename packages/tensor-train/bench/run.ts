/*
 * Times of decomposition, rounding and reconstruction, beside PyTorch on the same shapes and one thread.
 *
 *   node --conditions=@ttrec/source bench/run.ts [--rows 100,100,100] [--rank 32] [--pairs 5]
 *        [--runs 1] [--only streamed,gram] [--no-peer] [--matmul module.mjs]
 *
 * `--matmul` names a module whose export `matmul` is a float32 matrix product ({ a, b, out, m, n, k, transposeA,
 * transposeB }); without it the plain TypeScript one is measured. The peer and ours take turns, `--pairs` times, each after a
 * warm-up run. One JSON line a case, then medians and ranges over the pairs.
 */
import { fillNormal, RandomStream, product } from '@ttrec/core';
import {
  frobeniusNorm,
  fromFloat32Matmul,
  round,
  row,
  toDense,
  ttMatrixOf,
  ttSvd,
  ttSvdStreamed,
  type Float32Matmul,
  type Matmul,
  type TTShape,
} from '@ttrec/tensor-train';
import { coreLengths } from '@ttrec/tensor-train/shapes';
import { sliceDigits } from '@ttrec/tensor-train/matrices';
import { matmul as plainMatmul } from '../src/linear-algebra/matmul.ts';
import ndarray from 'ndarray';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { measure } from './measure.ts';
import { peerLibrary, peerResults } from './peer.ts';

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '100,100,100' },
    rank: { type: 'string', default: '32' },
    pairs: { type: 'string', default: '5' },
    runs: { type: 'string', default: '1' },
    only: { type: 'string' },
    'no-peer': { type: 'boolean', default: false },
    matmul: { type: 'string' },
  },
});
const rowShape = flags.rows.split(',').map(Number);
const colShape = [4, 4, 4];
const rank = Number(flags.rank);
const runs = Number(flags.runs);

async function chosenMatmul(): Promise<Matmul> {
  if (flags.matmul === undefined) return plainMatmul;
  const module = (await import(pathToFileURL(resolve(flags.matmul)).href)) as { matmul: Float32Matmul };
  return fromFloat32Matmul(module.matmul);
}

function normalCores(shape: TTShape): Float64Array[] {
  return coreLengths(shape).map((length, k) => {
    const core = new Float64Array(length);
    fillNormal(core, new RandomStream(1, `core/${k}`));
    return core;
  });
}

/** A train of rank 16 and noise of a tenth, as the peer makes it; block by block, to leave the peak of memory alone. */
function plantedTable(numRows: number, numCols: number, matmul: Matmul): Float32Array {
  const shape: TTShape = { rowShape, colShape, ranks: [1, 16, 16, 1] };
  const planted = ttMatrixOf(shape, normalCores(shape));
  const size = frobeniusNorm(planted) / Math.sqrt(numRows * numCols);
  const table = new Float32Array(numRows * numCols);
  fillNormal(table, new RandomStream(1, 'noise'));
  for (let digit = 0, at = 0; digit < rowShape[0]!; digit++) {
    const block = toDense(sliceDigits(planted, [[digit, digit + 1], null, null]), { matmul }).data;
    for (const value of block) {
      table[at] = value / size + 0.1 * table[at]!;
      at++;
    }
  }
  return table;
}

interface Case {
  readonly name: string;
  /** The peer's name, where it does the same. */
  readonly peer?: string;
  readonly run: () => number | undefined;
}

function cases(matmul: Matmul): Case[] {
  const [numRows, numCols] = [product(rowShape), product(colShape)];
  const values = plantedTable(numRows, numCols, matmul);
  const table = ndarray(values, [numRows, numCols]);
  const options = { rowShape, colShape, ranks: rank, matmul };
  const stream = new RandomStream(1, 'bench');
  const read = (start: number, end: number) => values.subarray(start * numCols, end * numCols);
  const streamed = { ...options, numRows, numCols };
  const wide: TTShape = { rowShape, colShape, ranks: [1, rank, rank, 1] };
  const train = ttMatrixOf(wide, normalCores(wide));
  return [
    {
      name: 'streamed gram',
      peer: 'torch-ttsvd-gram',
      run: () => ttSvdStreamed(read, streamed).relativeError,
    },
    {
      name: 'streamed sketch',
      peer: 'torch-ttsvd-rsvd',
      run: () => ttSvdStreamed(read, { ...streamed, method: 'sketch', stream }).relativeError,
    },
    {
      name: 'gram',
      peer: 'torch-ttsvd-gram',
      run: () => ttSvd(table, { ...options, method: 'gram' }).relativeError,
    },
    {
      name: 'randomised',
      peer: 'torch-ttsvd-rsvd',
      run: () => ttSvd(table, { ...options, method: 'randomised', stream }).relativeError,
    },
    {
      name: 'svd',
      peer: 'torch-ttsvd-svd',
      run: () => ttSvd(table, { ...options, method: 'svd' }).relativeError,
    },
    {
      name: 'round to half the rank',
      run: () => round(train, { ranks: Math.ceil(rank / 2), matmul }).relativeError,
    },
    { name: 'whole table', peer: 'torch-tt-full', run: () => void toDense(train, { matmul }) },
    {
      name: '1000 rows',
      run: () => void Array.from({ length: 1000 }, (_, i) => row(train, (i * 7919) % numRows)),
    },
  ];
}

/** Ours and the peer's times of one case, pair by pair. */
interface Line {
  readonly case: string;
  readonly seconds: number[];
  readonly peerSeconds: number[];
  /** Ours over the peer's, in wall time and in CPU time, of each pair. */
  readonly ratios: number[];
  readonly cpuRatios: number[];
  relativeError: number | undefined;
  peakMiB: number;
}

/** One pair: the peer's cases, then ours. */
function addPair(chosen: readonly Case[], lines: readonly Line[], methods: readonly string[]): void {
  const peers = flags['no-peer'] ? [] : peerResults({ rowShape, colShape, rank, methods, runs });
  chosen.forEach(({ peer: name, run }, at) => {
    const line = lines[at]!;
    const { median, cpu } = measure(() => (line.relativeError = run()), runs);
    line.seconds.push(median);
    line.peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
    const peer = peers.find((result) => result.peer === name);
    if (peer === undefined) return;
    line.peerSeconds.push(peer.median_s);
    line.ratios.push(median / peer.median_s);
    line.cpuRatios.push(cpu / peer.cpu_s);
  });
}

/** The median, and the range it comes from. */
function spread(values: readonly number[], unit: string): string {
  const sorted = [...values].sort((a, b) => a - b);
  const [least, median, most] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)];
  return values.length === 0
    ? ''
    : `${median!.toFixed(2)}${unit} (${least!.toFixed(2)} to ${most!.toFixed(2)})`;
}

/** Case, seconds, error, peak memory, the peer's seconds, and the ratios in wall time and in CPU time. */
function show(line: Line): string {
  const ours = [spread(line.seconds, ' s'), line.relativeError?.toFixed(5) ?? '', `${line.peakMiB} MiB`];
  const beside = [line.peerSeconds, line.ratios, line.cpuRatios].map((v, i) =>
    spread(v, [' s', 'x', 'x cpu'][i]!),
  );
  return [line.case.padEnd(24), ...ours, ...beside].join(' | ');
}

const matmul = await chosenMatmul();
const chosen = cases(matmul).filter(({ name }) =>
  (flags.only ?? '').split(',').some((beginning) => name.startsWith(beginning)),
);
const methods = new Set(chosen.flatMap(({ peer }) => /^torch-ttsvd-(.*)$/.exec(peer ?? '')?.[1] ?? []));
const lines = chosen.map(({ name }): Line => ({
  case: name,
  seconds: [],
  peerSeconds: [],
  ratios: [],
  cpuRatios: [],
  relativeError: undefined,
  peakMiB: 0,
}));
if (!flags['no-peer']) console.log(peerLibrary());
for (let pair = 0; pair < Number(flags.pairs); pair++) addPair(chosen, lines, [...methods]);
for (const line of lines) console.log(JSON.stringify(line));
for (const line of lines) console.log(show(line));
