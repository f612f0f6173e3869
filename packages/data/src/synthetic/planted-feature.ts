import { fillUniform, type RandomStream } from '@ttrec/core';

const DIGITS = 3;
/** Noise of the most frequent ids is kept: they take most lookups. */
const KEPT_IDS = 65536;

/**
 * What one feature's ids mean in the truth, as a function instead of a table.
 *
 * Id digits (mixed radix, most significant first, each below ⌈N^(1/3)⌉) choose one small factor each, and the planted
 * embedding is their product, entry by entry: v(id) [R], of TT-rank at most R. Beside it, every id has a normal number of
 * its own, which no low-rank table can express. Memory is 3·N^(1/3)·R numbers and at most 2^16 of noise.
 */
export class PlantedFeature {
  readonly rank: number;
  readonly #radix: number;
  /** [3][radix][R] uniform, mean 0, variance 1. */
  readonly #factors: Float64Array;
  readonly #noiseStream: RandomStream;
  readonly #noise: Float64Array;

  constructor(numEmbeddings: number, rank: number, stream: RandomStream) {
    this.rank = rank;
    this.#radix = Math.max(2, Math.ceil(Math.cbrt(numEmbeddings)));
    this.#factors = new Float64Array(DIGITS * this.#radix * rank);
    fillUniform(this.#factors, stream.child('factors'), -Math.sqrt(3), Math.sqrt(3));
    this.#noiseStream = stream.child('noise');
    this.#noise = new Float64Array(Math.min(numEmbeddings, KEPT_IDS)).fill(NaN);
  }

  /** Adds v(id) to `out` [R], and the sum of v(id)'s entries to `sums[at]`: returning it would allocate a number. O(R). */
  addEmbedding(id: number, out: Float64Array, sums: Float64Array, at: number): void {
    const { rank } = this;
    const radix = this.#radix;
    const factors = this.#factors;
    const upper = Math.floor(id / radix);
    const first = Math.floor(upper / radix) * rank;
    const second = (radix + (upper % radix)) * rank;
    const third = (2 * radix + (id % radix)) * rank;
    let sum = 0;
    for (let r = 0; r < rank; r++) {
      const entry = factors[first + r]! * factors[second + r]! * factors[third + r]!;
      out[r]! += entry;
      sum += entry;
    }
    sums[at]! += sum;
  }

  /** Adds the id's own standard normal number to `sums[at]`. */
  addNoise(id: number, sums: Float64Array, at: number): void {
    const isKept = id < this.#noise.length;
    const kept = isKept ? this.#noise[id]! : NaN;
    if (!Number.isNaN(kept)) {
      sums[at]! += kept;
      return;
    }
    this.#noiseStream.position = 4 * id;
    const noise = this.#noiseStream.nextNormal();
    if (isKept) this.#noise[id] = noise;
    sums[at]! += noise;
  }
}
