import type { Backend } from '@ttrec/backend';
import { powerOfTwo } from '@ttrec/core';
import type { Bags } from '../bags.ts';
import { ValueGrouper } from './group-by-value.ts';

/** Rows `start … end - 1` of a batch. */
export interface RowSpan {
  readonly start: number;
  readonly end: number;
}

/** The lookups of a batch by id and then by shard. R pairs of an id and a shard that reads it. Valid until the next are grouped. */
export interface ShardGroups {
  /** [R], ascending. */
  readonly ids: Uint32Array;
  /** [R]: the position of the shard, ascending for the same id. */
  readonly shards: Uint32Array;
  /** [R + 1]: pair r has the lookups `lookups[offsets[r] … offsets[r + 1] - 1]`. */
  readonly offsets: Uint32Array;
  /** [L]: positions among the lookups of the batch, ascending for the same pair; what is in no shard comes last. */
  readonly lookups: Uint32Array;
}

/** Groups the lookups of shards, in the order in which each shard alone would have them. O(L); keeps its arrays. */
export class ShardGrouper {
  readonly #grouper: ValueGrouper;
  #capacity = 0;
  /** Of lookups, shard by shard. */
  #order = new Uint32Array(0);
  #values = new Uint32Array(0);
  #shardOf = new Uint32Array(0);
  /** Of pairs. */
  #ids = new Uint32Array(0);
  #shards = new Uint32Array(0);
  #offsets = new Uint32Array(1);
  #lookups = new Uint32Array(0);

  constructor(backend: Backend) {
    this.#grouper = new ValueGrouper(backend);
  }

  /** @param bags of several features one after another, of `rows` rows each @param shards ascending, without gaps */
  group({ indices, offsets }: Bags, rows: number, shards: readonly RowSpan[]): ShardGroups {
    this.#reserve(indices.length);
    const [order, values] = [this.#order, this.#values];
    let count = 0;
    shards.forEach(({ start, end }, s) => {
      const first = count;
      for (let bag = 0; bag < offsets.length - 1; bag += rows) {
        for (let l = offsets[bag + start]!, last = offsets[bag + end]!; l < last; l++, count++) {
          order[count] = l;
          values[count] = indices[l]!;
        }
      }
      this.#shardOf.fill(s, first, count);
    });
    const pairs = this.#collect(count);
    return {
      ids: this.#ids.subarray(0, pairs),
      shards: this.#shards.subarray(0, pairs),
      offsets: this.#offsets.subarray(0, pairs + 1),
      lookups: this.#lookups.subarray(0, indices.length),
    };
  }

  /** The pairs in order, and where the lookups of each begin; how many they are. */
  #collect(count: number): number {
    const { positions } = this.#grouper.group(this.#values, count);
    const [order, values, shardOf, lookups] = [this.#order, this.#values, this.#shardOf, this.#lookups];
    const [ids, shards, offsets] = [this.#ids, this.#shards, this.#offsets];
    let pair = -1;
    let lastId = -1;
    let lastShard = -1;
    // No branch: whether the next lookup begins a pair is anyone's guess. And no array for two numbers: it is garbage at every lookup.
    for (let i = 0; i < count; i++) {
      const place = positions[i]!;
      const id = values[place]!;
      const shard = shardOf[place]!;
      pair += Number(id !== lastId) | Number(shard !== lastShard);
      lastId = id;
      lastShard = shard;
      lookups[i] = order[place]!;
      ids[pair] = id;
      shards[pair] = shard;
      offsets[pair + 1] = i + 1;
    }
    return pair + 1;
  }

  #reserve(length: number): void {
    if (this.#capacity >= length) return;
    const capacity = powerOfTwo(length);
    this.#capacity = capacity;
    const array = () => new Uint32Array(capacity);
    [this.#order, this.#values, this.#shardOf] = [array(), array(), array()];
    [this.#ids, this.#shards, this.#lookups] = [array(), array(), array()];
    this.#offsets = new Uint32Array(capacity + 1);
  }
}
