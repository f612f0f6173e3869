import { RandomStream } from '@ttrec/core';

/** Bags of ids, as `Bags` of @ttrec/embeddings has them. */
export interface SampleBags {
  /** [L]. */
  readonly indices: Uint32Array;
  /** [B + 1]. */
  readonly offsets: Uint32Array;
  /** [L]. */
  readonly perSampleWeights?: Float32Array;
}

const SEED = 5;

/** Bags of 0 to 4 ids: an empty one, the last row, and ids that repeat within a bag and across bags. */
export function sampleBags(numEmbeddings: number, name = 'bags', bags = 6): SampleBags {
  const stream = new RandomStream(SEED, name);
  const last = numEmbeddings - 1;
  const drawn = Array.from({ length: bags }, (_, b) =>
    Array.from({ length: b % 5 }, () => stream.nextInteger(numEmbeddings)),
  );
  const repeated = drawn.flat()[0] ?? last;
  return bagsOf([...drawn, [last, last, repeated, 0]]);
}

export function bagsOf(lists: readonly (readonly number[])[]): SampleBags {
  const offsets = new Uint32Array(lists.length + 1);
  lists.forEach((list, b) => (offsets[b + 1] = offsets[b]! + list.length));
  return { indices: Uint32Array.from(lists.flat()), offsets };
}

/** One id a bag. */
export function singles(ids: Iterable<number>): SampleBags {
  return bagsOf(Array.from(ids, (id) => [id]));
}

/** The same bags, each lookup with a weight of either sign. */
export function weighted(bags: SampleBags): SampleBags {
  return { ...bags, perSampleWeights: normals(bags.indices.length, 'weights') };
}

/** Normal numbers in float32, a function of the name. */
export function normals(length: number, name: string): Float32Array {
  const stream = new RandomStream(SEED, name);
  return Float32Array.from({ length }, () => stream.nextNormal());
}
