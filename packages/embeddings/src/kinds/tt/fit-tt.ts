import { toFloat32, type TTMatrix, type TTShape } from '@ttrec/tensor-train';
import { ttSvdStreamed, ttSvdWeighted } from '@ttrec/tensor-train/decompose';
import { coreLengths } from '@ttrec/tensor-train/shapes';
import ndarray from 'ndarray';
import { allRows, checkedRows, type RowSource } from '../../rows/row-source.ts';
import type { FitOptions } from '../../table/embedding-table.ts';

/**
 * Entries of a table that is decomposed by weights in memory, in float64 and with refinement: 4M, some 200 MB. Refinement
 * could be streamed too, from a reader that mixes rows with those of the last result. It is not worth its time there: on
 * 60,000 x 64 numbers, waves or noise, with weights by Zipf's law in order of the rows or in none, its 3 sweeps at rank 16
 * lowered the weighted error by 0.2 to 1.5 % of itself, and took 2.6 to 4.6 times as long as none.
 */
const REFINED_ENTRIES = 2 ** 22;

/**
 * The cores of a TT of this shape that comes near the rows of a source: TT-SVD, by row weights where there are any.
 *
 * A source that reads at once (no promise) is streamed, and so is one with weights, unless it is small enough for the
 * refinements of `ttSvdWeighted`; another is held, N·D float32 numbers. One core holds the rows themselves.
 */
export async function fitTT(
  source: RowSource,
  shape: TTShape,
  { matmul }: FitOptions,
): Promise<Float32Array[]> {
  const { numEmbeddings: numRows, embeddingDim: numCols, weights } = source;
  const { rowShape, colShape, ranks } = shape;
  if (rowShape.length === 1) return [padded(await allRows(source), rowShape[0]! * numCols)];
  const options = { rowShape, colShape, ranks, matmul };
  const counted = weights?.some((weight) => weight > 0) ? { weights } : {};
  if (counted.weights && numRows * numCols <= REFINED_ENTRIES) {
    const table = ndarray(await allRows(source), [numRows, numCols]);
    return inShape(ttSvdWeighted(table, { ...options, weights: counted.weights, method: 'gram' }).tt, shape);
  }
  const read = await syncReader(source);
  return inShape(ttSvdStreamed(read, { ...options, ...counted, numRows, numCols }).tt, shape);
}

/** Reads at once: from the source, if that is how it reads, or from memory. */
async function syncReader(source: RowSource): Promise<(start: number, end: number) => Float32Array> {
  const first = source.read(0, 1);
  if (first instanceof Float32Array) return (start, end) => checkedRows(source, start, end);
  const values = await allRows(source);
  const { embeddingDim } = source;
  return (start, end) => values.subarray(start * embeddingDim, end * embeddingDim);
}

/** The cores as float32, those of ranks beyond their useful maximum, which TT-SVD leaves out, filled up with zeros. */
function inShape(tt: TTMatrix<Float64Array>, shape: TTShape): Float32Array[] {
  const lengths = coreLengths(shape);
  return toFloat32(tt).cores.map((core, k) => {
    const out = new Float32Array(lengths[k]!);
    const [p, left, q, right] = core.shape as [number, number, number, number];
    const [leftIn, rightIn] = [shape.ranks[k]!, shape.ranks[k + 1]!];
    for (let i = 0; i < p; i++) {
      for (let a = 0; a < left; a++) {
        for (let j = 0; j < q; j++) {
          const to = ((i * leftIn + a) * q + j) * rightIn;
          for (let b = 0; b < right; b++) out[to + b] = core.get(i, a, j, b);
        }
      }
    }
    return out;
  });
}

function padded(values: Float32Array, length: number): Float32Array {
  const out = new Float32Array(length);
  out.set(values);
  return out;
}
