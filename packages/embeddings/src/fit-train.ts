import { coreLengths, ttSvdStreamed, ttSvdWeighted, type TTMatrix, type TTShape } from '@ttrec/tensor-train';
import ndarray from 'ndarray';
import { allRows, type RowSource } from './row-source.ts';
import type { FitOptions } from './table-kind.ts';

/**
 * The cores of a train of this shape that comes near the rows of a source: TT-SVD, by row weights where there are any.
 *
 * Holds the rows, N·D float32 numbers; with weights a few times that in float64. One core holds the rows themselves.
 */
export async function fitTrain(
  source: RowSource,
  shape: TTShape,
  { matmul }: FitOptions,
): Promise<Float32Array[]> {
  const { numEmbeddings: numRows, embeddingDim: numCols, weights } = source;
  const values = await allRows(source);
  const { rowShape, colShape, ranks } = shape;
  if (rowShape.length === 1) return [padded(values, rowShape[0]! * numCols)];
  const options = { rowShape, colShape, ranks, ...(matmul ? { matmul } : {}) };
  const read = (start: number, end: number) => values.subarray(start * numCols, end * numCols);
  const { tt } = weights?.some((weight) => weight > 0)
    ? ttSvdWeighted(ndarray(values, [numRows, numCols]), { ...options, weights, method: 'gram' })
    : ttSvdStreamed(read, { ...options, numRows, numCols });
  return inShape(tt, shape);
}

/** The cores as float32, those of ranks beyond their useful maximum, which TT-SVD leaves out, filled up with zeros. */
function inShape(tt: TTMatrix<Float64Array>, shape: TTShape): Float32Array[] {
  const lengths = coreLengths(shape);
  return tt.cores.map((core, k) => {
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
