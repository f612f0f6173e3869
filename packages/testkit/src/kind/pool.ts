import type { Pooling } from '@ttrec/backend';
import type { Bags } from '@ttrec/embeddings';

/** What pooling makes of each lookup: `visit(lookup, bag, weight)`, in order. */
function eachLookup(
  { indices, offsets, perSampleWeights }: Bags,
  pooling: Pooling,
  visit: (lookup: number, bag: number, weight: number) => void,
): void {
  for (let bag = 0; bag + 1 < offsets.length; bag++) {
    const [start, end] = [offsets[bag]!, offsets[bag + 1]!];
    for (let l = start; l < end && l < indices.length; l++) {
      visit(l, bag, pooling === 'mean' ? 1 / (end - start) : (perSampleWeights?.[l] ?? 1));
    }
  }
}

/**
 * Each bag's sum, weighted sum or mean in float64, [B, D].
 *
 * @param rows the row of each lookup, [L, D]
 */
export function pooledRows(rows: Float64Array, bags: Bags, pooling: Pooling, dim: number): Float64Array {
  const out = new Float64Array((bags.offsets.length - 1) * dim);
  eachLookup(bags, pooling, (lookup, bag, weight) => {
    for (let j = 0; j < dim; j++) out[bag * dim + j]! += weight * rows[lookup * dim + j]!;
  });
  return out;
}

/** dL/d(row of each lookup), [L, D], from dL/dout [B, D]. */
export function lookupGradients(
  gradOut: Float32Array,
  bags: Bags,
  pooling: Pooling,
  dim: number,
): Float64Array {
  const out = new Float64Array(bags.indices.length * dim);
  eachLookup(bags, pooling, (lookup, bag, weight) => {
    for (let j = 0; j < dim; j++) out[lookup * dim + j] = weight * gradOut[bag * dim + j]!;
  });
  return out;
}
