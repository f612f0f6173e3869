import type { RowSource } from '../rows/row-source.ts';

/** The error of some rows. */
export interface RowsError {
  readonly rows: number;
  /** Their share of all weight; without weights, of all rows. */
  readonly share: number;
  /** Frobenius distance over Frobenius norm; 0 if the distance is 0. */
  readonly relativeError: number;
}

export interface ReconstructionReport {
  /** Over all rows, unweighted. */
  readonly relativeError: number;
  /** √(Σ weight · squared distance / Σ weight · squared norm), if rows have weights. */
  readonly weightedRelativeError?: number;
  /** Tenths of the rows by descending weight; without weights, by id. */
  readonly deciles: readonly RowsError[];
}

/** Rows compared at a time. */
const ROWS = 2 ** 14;
const DECILES = 10;

/**
 * Compares every row of a table with its approximation, in float64. O(N D) and a lookup of every row.
 */
export async function reconstructionReport(
  source: RowSource,
  approximation: RowSource,
): Promise<ReconstructionReport> {
  const { numEmbeddings, embeddingDim, weights } = source;
  const decileOf = decilesOf(numEmbeddings, weights);
  const squares = { distance: new Float64Array(DECILES), norm: new Float64Array(DECILES) };
  const share = new Float64Array(DECILES);
  let [weightedDistance, weightedNorm, total] = [0, 0, 0];
  for (let start = 0; start < numEmbeddings; start += ROWS) {
    const end = Math.min(start + ROWS, numEmbeddings);
    // Sequential: a block of the source may be a view that the next call overwrites.
    const near = await approximation.read(start, end);
    const rows = await source.read(start, end);
    for (let row = start; row < end; row++) {
      let [distance, norm] = [0, 0];
      for (let at = (row - start) * embeddingDim; at < (row - start + 1) * embeddingDim; at++) {
        distance += (rows[at]! - near[at]!) ** 2;
        norm += rows[at]! ** 2;
      }
      const weight = weights?.[row] ?? 1;
      const decile = decileOf[row]!;
      squares.distance[decile]! += distance;
      squares.norm[decile]! += norm;
      share[decile]! += weight;
      weightedDistance += weight * distance;
      weightedNorm += weight * norm;
      total += weight;
    }
  }
  const sum = (values: Float64Array) => values.reduce((all, value) => all + value, 0);
  return {
    relativeError: ratio(sum(squares.distance), sum(squares.norm)),
    ...(weights ? { weightedRelativeError: ratio(weightedDistance, weightedNorm) } : {}),
    deciles: Array.from(share, (own, d) => ({
      rows: firstOf(d + 1, numEmbeddings) - firstOf(d, numEmbeddings),
      share: total === 0 ? 0 : own / total,
      relativeError: ratio(squares.distance[d]!, squares.norm[d]!),
    })).filter(({ rows }) => rows > 0),
  };
}

/** [N]: the tenth of each row, by descending weight. */
function decilesOf(numEmbeddings: number, weights: RowSource['weights']): Uint8Array {
  const order = Uint32Array.from({ length: numEmbeddings }, (_, row) => row);
  if (weights) order.sort((a, b) => weights[b]! - weights[a]! || a - b);
  const deciles = new Uint8Array(numEmbeddings);
  for (let d = 0; d < DECILES; d++) {
    for (let at = firstOf(d, numEmbeddings); at < firstOf(d + 1, numEmbeddings); at++)
      deciles[order[at]!] = d;
  }
  return deciles;
}

function firstOf(decile: number, numEmbeddings: number): number {
  return Math.round((decile * numEmbeddings) / DECILES);
}

function ratio(distance: number, norm: number): number {
  return distance === 0 ? 0 : Math.sqrt(distance / norm);
}
