import type { Section } from '../chunks/chunk.ts';
import type { FeatureBatch, UnnamedBatch } from '../dataset.ts';
import { chunkMessage, sectionsOf } from '../chunks/chunk-message.ts';

/** A batch in one buffer, which is handed to another thread without a copy. Offsets that features share are in it once. */
export function packBatch({ size, labels, dense, features, weights, groups }: UnnamedBatch): ArrayBuffer {
  const offsets = [...new Set(features.map((feature) => feature.offsets))];
  const head = [size, features.length, offsets.length, Number(!!weights), Number(!!groups)];
  const arrays: (Section | undefined)[] = [labels, dense, ...offsets];
  for (const feature of features) {
    head.push(offsets.indexOf(feature.offsets), Number(!!feature.perSampleWeights));
    arrays.push(feature.indices, feature.perSampleWeights);
  }
  const sections = [Uint32Array.from(head), ...arrays, weights, groups].filter(
    (array) => array !== undefined,
  );
  return chunkMessage(sections).buffer as ArrayBuffer;
}

/** The batch of a buffer; its arrays are parts of it. */
export function unpackBatch(buffer: ArrayBuffer): UnnamedBatch {
  const [head, ...arrays] = sectionsOf(buffer) as [Section, ...Section[]];
  let [at, word] = [0, 0];
  const floats = () => arrays[at++] as Float32Array;
  const integers = () => arrays[at++] as Uint32Array;
  const next = () => head[word++]!;
  const [size, count, different, hasWeights, hasGroups] = [next(), next(), next(), next(), next()];
  const [labels, dense] = [floats(), floats()];
  const offsets = Array.from({ length: different }, integers);
  const features = Array.from({ length: count }, (): FeatureBatch => {
    const own = offsets[next()]!;
    const isWeighted = next();
    return { indices: integers(), offsets: own, ...(isWeighted && { perSampleWeights: floats() }) };
  });
  return {
    ...{ size, labels, dense, features },
    ...(hasWeights && { weights: floats() }),
    ...(hasGroups && { groups: integers() }),
  };
}
