import { normalsOf, uniformOf, type RandomStream } from '@ttrec/core';
import { ZipfSampler } from './zipf.ts';

export interface StreamShape {
  readonly cardinalities: readonly number[];
  readonly dense: number;
  readonly zipf: number;
  readonly idsPerBag: { readonly min: number; readonly max: number };
}

const WORDS_PER_UNIFORM = 2;
const WORDS_PER_PAIR_OF_NORMALS = 4;
/** Room for 32 further tries of one id. At most some 2 in 100 tries fail, so that one id in 10^50 would need more. */
const WORDS_PER_RETRY = 64;

/** Positions of a random stream end here. */
const MAX_WORDS = 2 ** 53;

/**
 * The observable part of row i: dense numbers and ids, and the uniform number that decides the label. Row i is read
 * from its own stretch of the random stream, so any row is reached in O(1).
 */
export class RowStream {
  /** [dense] Standard normal. */
  readonly dense: Float32Array;
  /** Per feature, the ids of the bag, of which the first `lengths[f]` count. */
  readonly ids: readonly Uint32Array[];
  readonly lengths: Uint32Array;
  /** Uniform on [0, 1). */
  uniform = 0;
  readonly #shape: StreamShape;
  readonly #samplers: readonly ZipfSampler[];
  readonly #words: RandomStream;
  readonly #retries: RandomStream;
  /** Those of the current row, which are drawn together. */
  readonly #drawn: Uint32Array;

  constructor(shape: StreamShape, stream: RandomStream) {
    const { cardinalities, dense, zipf, idsPerBag } = shape;
    this.#shape = shape;
    this.dense = new Float32Array(dense);
    this.ids = cardinalities.map(() => new Uint32Array(idsPerBag.max));
    this.lengths = new Uint32Array(cardinalities.length);
    this.#samplers = cardinalities.map((size) => new ZipfSampler(size, zipf));
    this.#words = stream.child('rows');
    this.#retries = stream.child('retries');
    const words =
      WORDS_PER_UNIFORM * (1 + cardinalities.length * (1 + idsPerBag.max)) +
      WORDS_PER_PAIR_OF_NORMALS * Math.ceil(dense / 2);
    this.#drawn = new Uint32Array(Math.ceil(words / 4) * 4);
  }

  /** How many rows the random stream has numbers for. */
  get maxRows(): number {
    const wordsPerRow = Math.max(
      this.#drawn.length,
      this.ids.length * this.#shape.idsPerBag.max * WORDS_PER_RETRY,
    );
    return Math.floor(MAX_WORDS / wordsPerRow);
  }

  /** Makes row `row` the current one. */
  seek(row: number): void {
    const { min, max } = this.#shape.idsPerBag;
    const drawn = this.#drawn;
    this.#words.position = row * drawn.length;
    this.#words.nextWords(drawn);
    this.uniform = uniformOf(drawn[0]!, drawn[1]!);
    normalsOf(drawn, this.dense, 0, 1, WORDS_PER_UNIFORM);
    let at = WORDS_PER_UNIFORM + WORDS_PER_PAIR_OF_NORMALS * Math.ceil(this.dense.length / 2);
    for (let f = 0; f < this.ids.length; f++) {
      let length = max;
      if (min !== max) {
        length = min + Math.floor(uniformOf(drawn[at]!, drawn[at + 1]!) * (max - min + 1));
        at += WORDS_PER_UNIFORM;
      }
      this.lengths[f] = length;
      const ids = this.ids[f]!;
      const sampler = this.#samplers[f]!;
      for (let i = 0; i < length; i++, at += WORDS_PER_UNIFORM) {
        const id = sampler.accept(uniformOf(drawn[at]!, drawn[at + 1]!));
        ids[i] = id >= 0 ? id : this.#redrawnId(row, f, i);
      }
    }
  }

  #redrawnId(row: number, feature: number, i: number): number {
    const sampler = this.#samplers[feature]!;
    const { length } = this.ids;
    this.#retries.position = ((row * length + feature) * this.#shape.idsPerBag.max + i) * WORDS_PER_RETRY;
    let id: number;
    do id = sampler.accept(this.#retries.nextUniform());
    while (id < 0);
    return id;
  }
}
