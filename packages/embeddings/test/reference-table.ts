import type { Pooling } from '@ttrec/backend';
import type { Bags, TableConfig } from '@ttrec/embeddings';
import { row, toDense, ttMatrixOf } from '@ttrec/tensor-train';

/** A parameter's values on the host, in float64. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Above this many rows a train is read row by row, not written out. */
const MOST_DENSE_ROWS = 10_000;

export type RowReader = (id: number) => ArrayLike<number>;

/** The rows of the table that a config and its parameters describe, in float64, without any kernel. */
export function referenceRows(config: TableConfig, parameters: readonly Values[]): RowReader {
  if (config.kind === 'dense') {
    const { shape, data } = parameters[0]!;
    return rowsOf(data, shape[1]!);
  }
  if (config.kind === 'tt') return trainRows(parameters);
  if (config.kind === 'hash') {
    const inner = referenceRows(config.into, parameters);
    return (id) => inner(referenceBucket(config, id));
  }
  throw new Error(`no reference here for a table of kind ${config.kind}; see @ttrec/testkit/kind`);
}

/** [B, D] in float64: each bag's weighted sum, or mean. */
export function referencePool(rowOf: RowReader, bags: Bags, pooling: Pooling, dim: number): Float64Array {
  const { indices, offsets, perSampleWeights } = bags;
  const out = new Float64Array((offsets.length - 1) * dim);
  for (let b = 0; b + 1 < offsets.length; b++) {
    const [start, end] = [offsets[b]!, offsets[b + 1]!];
    for (let l = start; l < end; l++) {
      const weight = pooling === 'mean' ? 1 / (end - start) : (perSampleWeights?.[l] ?? 1);
      const values = rowOf(indices[l]!);
      for (let j = 0; j < dim; j++) out[b * dim + j]! += weight * values[j]!;
    }
  }
  return out;
}

/** MurmurHash3's 32-bit finaliser over exact integers. */
function referenceBucket(config: Extract<TableConfig, { kind: 'hash' }>, id: number): number {
  if (config.function === 'modulo') return Number(BigInt(id) % BigInt(config.buckets));
  const times = (a: bigint, b: bigint) => (a * b) % 2n ** 32n;
  let h = BigInt(id) ^ times(BigInt((config.seed ?? 0) + 1), 0x9e3779b9n);
  h = times(h ^ (h >> 16n), 0x85ebca6bn);
  h = times(h ^ (h >> 13n), 0xc2b2ae35n);
  return Number((h ^ (h >> 16n)) % BigInt(config.buckets));
}

function trainRows(cores: readonly Values[]): RowReader {
  const shape = {
    rowShape: cores.map((core) => core.shape[0]!),
    colShape: cores.map((core) => core.shape[2]!),
    ranks: [1, ...cores.map((core) => core.shape[3]!)],
  };
  const train = ttMatrixOf(
    shape,
    cores.map(({ data }) => data),
  );
  if (shape.rowShape.reduce((product, p) => product * p, 1) > MOST_DENSE_ROWS) return (id) => row(train, id);
  const dense = toDense(train);
  return rowsOf(dense.data, dense.shape[1]!);
}

function rowsOf(data: Float64Array, dim: number): RowReader {
  return (id) => data.subarray(id * dim, (id + 1) * dim);
}
