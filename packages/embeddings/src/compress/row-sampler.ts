import type { RandomStream } from '@ttrec/core';
import type { RowSource } from '../rows/row-source.ts';

/** Draws rows by weight, or uniformly. O(N) to create with weights, O(log N) a draw. */
export class RowSampler {
  readonly #size: number;
  readonly #stream: RandomStream;
  /** [N]: sums of weights up to each row, inclusive; undefined without weights or if all are 0. */
  readonly #cumulative: Float64Array | undefined;

  constructor({ numEmbeddings, weights }: RowSource, stream: RandomStream) {
    this.#size = numEmbeddings;
    this.#stream = stream;
    if (!weights) return;
    const cumulative = new Float64Array(numEmbeddings);
    let sum = 0;
    for (let row = 0; row < numEmbeddings; row++) cumulative[row] = sum += weights[row]!;
    if (sum > 0) this.#cumulative = cumulative;
  }

  /** [count], ascending, with repeats. */
  draw(count: number): Uint32Array {
    return Uint32Array.from({ length: count }, () => this.#one()).sort();
  }

  #one(): number {
    const cumulative = this.#cumulative;
    if (cumulative === undefined) return this.#stream.nextInteger(this.#size);
    const wanted = this.#stream.nextUniform() * cumulative[this.#size - 1]!;
    let low = 0;
    let high = this.#size - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
