import type { FeatureBatch, UnnamedBatch } from '../dataset.ts';

/** Words in front of the lengths of the features: rows, dense numbers, features, different offsets, and whether there are weights and groups. */
const HEAD = 6;
/** Words about a feature: which of the offsets are its own, lookups, and whether they are weighted. */
const OF_FEATURE = 3;

/** A batch in one buffer, which is handed to another thread without a copy: lengths, and then the arrays. */
export function packBatch(batch: UnnamedBatch): ArrayBuffer {
  const { size, labels, dense, features, weights, groups } = batch;
  const offsets = [...new Set(features.map((feature) => feature.offsets))];
  const head = [size, dense.length, features.length, offsets.length, Number(!!weights), Number(!!groups)];
  for (const feature of features)
    head.push(offsets.indexOf(feature.offsets), feature.indices.length, Number(!!feature.perSampleWeights));
  const arrays = [labels, dense, ...offsets];
  for (const { indices, perSampleWeights } of features)
    arrays.push(indices, ...(perSampleWeights ? [perSampleWeights] : []));
  if (weights) arrays.push(weights);
  if (groups) arrays.push(groups);
  const words = arrays.reduce((sum, { length }) => sum + length, head.length);
  const floats = new Float32Array(words);
  const integers = new Uint32Array(floats.buffer);
  integers.set(head);
  let at = head.length;
  for (const array of arrays) {
    (array instanceof Float32Array ? floats : integers).set(array, at);
    at += array.length;
  }
  return floats.buffer;
}

/** The batch of a buffer; its arrays are parts of it. */
export function unpackBatch(buffer: ArrayBuffer): UnnamedBatch {
  const [size, denseLength, count, different, hasWeights, hasGroups] = new Uint32Array(
    buffer,
    0,
    HEAD,
  ) as unknown as readonly [number, number, number, number, number, number];
  const lengths = new Uint32Array(buffer, 4 * HEAD, OF_FEATURE * count);
  let at = 4 * (HEAD + lengths.length);
  const take = (length: number) => (at += 4 * length) - 4 * length;
  const floats = (length: number) => new Float32Array(buffer, take(length), length);
  const integers = (length: number) => new Uint32Array(buffer, take(length), length);
  const labels = floats(size);
  const dense = floats(denseLength);
  const offsets = Array.from({ length: different }, () => integers(size + 1));
  const features = Array.from({ length: count }, (_, f): FeatureBatch => {
    const [own, lookups, isWeighted] = lengths.subarray(OF_FEATURE * f) as unknown as [
      number,
      number,
      number,
    ];
    const indices = integers(lookups);
    return {
      indices,
      offsets: offsets[own]!,
      ...(isWeighted && { perSampleWeights: floats(lookups) }),
    };
  });
  return {
    ...{ size, labels, dense, features },
    ...(hasWeights && { weights: floats(size) }),
    ...(hasGroups && { groups: integers(size) }),
  };
}
