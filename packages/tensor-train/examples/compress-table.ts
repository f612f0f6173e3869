/*
 * What compresses and what does not: a table of 200,000 x 64 with a planted tensor-train structure under noise, and a
 * table in which every row is its own (the names of us_babynames: 88,496 ids, one row each, nothing in common between
 * neighbours, read with Zipf frequencies).
 *
 *   node --conditions=@ttrec/source examples/compress-table.ts [picture.svg]
 */
import { fillNormal, RandomStream } from '@ttrec/core';
import {
  parameterCount,
  round,
  toDense,
  ttMatrixOf,
  ttShape,
  ttSvd,
  type TTShape,
} from '@ttrec/tensor-train';
import { ttSvdWeighted } from '@ttrec/tensor-train/decompose';
import { coreLengths } from '@ttrec/tensor-train/shapes';
import ndarray, { type NdArray } from 'ndarray';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorAgainstBytes, type Curve } from './plot.ts';

type Points = Curve['points'][number][];

function normal(length: number, name: string): Float64Array {
  const values = new Float64Array(length);
  fillNormal(values, new RandomStream(7, name));
  return values;
}

function report(shape: TTShape, denseBytes: number, errors: readonly number[]): number {
  const bytes = 4 * parameterCount(shape);
  const columns = [
    shape.ranks.slice(1, -1).join(','),
    bytes,
    `${(denseBytes / bytes).toFixed(1)}x`,
    ...errors.map((error) => error.toFixed(3)),
  ];
  console.log(columns.map((column) => String(column).padStart(10)).join(''));
  return bytes;
}

/** A table of rank 8 and noise of a tenth of its size, in float32. */
function plantedTable(numRows: number, numCols: number): NdArray<Float32Array> {
  const shape = ttShape({ numRows, numCols, ranks: 8 });
  const planted = toDense(
    ttMatrixOf(
      shape,
      coreLengths(shape).map((length, k) => normal(length, `core/${k}`)),
    ),
  );
  const size = Math.sqrt(planted.data.reduce((sum, value) => sum + value * value, 0) / planted.size);
  const noise = normal(planted.size, 'noise');
  return ndarray(
    Float32Array.from(planted.data, (value, at) => value / size + 0.1 * noise[at]!),
    [numRows, numCols],
  );
}

function compressPlanted(): Curve {
  const [numRows, numCols] = [200_000, 64];
  console.log(`planted, ${numRows} x ${numCols}: decomposed once at rank 16, rounded from there`);
  console.log('     ranks     bytes   smaller     error');
  const table = plantedTable(numRows, numCols);
  const { tt, error, relativeError } = ttSvd(table, { ranks: 16 });
  const norm = error / relativeError;
  const points: Points = [];
  for (const ranks of [1, 2, 4, 6, 8, 12, 16]) {
    const rounded = round(tt, { ranks });
    // Both errors are orthogonal projections, one after the other: their squares add up.
    const total = Math.hypot(error, rounded.error) / norm;
    points.push({ bytes: report(rounded.tt.shape, 4 * numRows * numCols, [total]), error: total });
  }
  return { name: 'planted rank 8, noise 0.1', colour: '#1b6ca8', points };
}

function compressOneIdTable(): Curve[] {
  const [numRows, numCols] = [88_496, 8];
  console.log(`one id, ${numRows} x ${numCols}: every row its own, Zipf frequencies`);
  console.log('     ranks     bytes   smaller     error  of reads  weighted');
  const table = ndarray(normal(numRows * numCols, 'names'), [numRows, numCols]);
  const weights = Float64Array.from({ length: numRows }, (_, i) => 1 / (i + 1));
  const readError = (rebuilt: Float64Array) => {
    let [missed, size] = [0, 0];
    for (let at = 0; at < numRows * numCols; at++) {
      const weight = weights[Math.floor(at / numCols)]!;
      missed += weight * (table.data[at]! - rebuilt[at]!) ** 2;
      size += weight * table.data[at]! ** 2;
    }
    return Math.sqrt(missed / size);
  };
  const [plain, weighted]: [Points, Points] = [[], []];
  for (const ranks of [2, 8, 16, 32]) {
    const unweighted = ttSvd(table, { ranks, method: 'gram' });
    const { tt, relativeWeightedError } = ttSvdWeighted(table, { ranks, weights, sweeps: 1, method: 'gram' });
    const ofReads = readError(toDense(unweighted.tt).data);
    const bytes = report(tt.shape, 4 * numRows * numCols, [
      unweighted.relativeError,
      ofReads,
      relativeWeightedError,
    ]);
    plain.push({ bytes, error: ofReads });
    weighted.push({ bytes, error: relativeWeightedError });
  }
  return [
    { name: 'one id, error of what is read', colour: '#b3541e', points: plain },
    { name: 'one id, decomposed with row weights', colour: '#3a7d44', points: weighted },
  ];
}

const curves = [compressPlanted(), ...compressOneIdTable()];
const picture = process.argv[2] ?? fileURLToPath(new URL('error-against-bytes.svg', import.meta.url));
writeFileSync(picture, errorAgainstBytes(curves));
