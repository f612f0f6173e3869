import type { FeatureBatch, SharedRows } from '@ttrec/data';

/** Lookups of a bag that is repeated for every row. Of a longer one, all rows take the sum that is computed once. */
const MAX_REPEATED = 4;

/** Whether rows are scored faster with those of other requests than alone. */
export function isJoinable({ size, features }: SharedRows): boolean {
  return features.every(({ indices, offsets, perSampleWeights }) => {
    const isShared = offsets.length !== size + 1;
    return perSampleWeights === undefined && (!isShared || indices.length <= MAX_REPEATED);
  });
}

/**
 * The rows of several requests one after the other, each with what its own rows share.
 *
 * @param width dense numbers of a row
 */
export function joinedRows(parts: readonly SharedRows[], width: number): SharedRows {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const dense = new Float32Array(size * width);
  let at = 0;
  for (const part of parts) {
    const end = at + part.size * width;
    if (part.dense.length === end - at) dense.set(part.dense, at);
    else for (; at < end; at += width) dense.set(part.dense, at);
    at = end;
  }
  return { size, dense, features: parts[0]!.features.map((_, f) => joinedBags(parts, f, size)) };
}

function joinedBags(parts: readonly SharedRows[], f: number, size: number): FeatureBatch {
  const times = (part: SharedRows) => (part.features[f]!.offsets.length === part.size + 1 ? 1 : part.size);
  const lookups = parts.reduce((sum, part) => sum + times(part) * part.features[f]!.indices.length, 0);
  const indices = new Uint32Array(lookups);
  const offsets = new Uint32Array(size + 1);
  let [at, row] = [0, 0];
  for (const part of parts) {
    const bag = part.features[f]!;
    for (let repeated = times(part); repeated > 0; repeated--) {
      indices.set(bag.indices, at);
      for (let b = 1; b < bag.offsets.length; b++) offsets[++row] = at + bag.offsets[b]!;
      at += bag.indices.length;
    }
  }
  return { indices, offsets };
}
