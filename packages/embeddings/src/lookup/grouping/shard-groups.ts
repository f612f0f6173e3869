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
  readonly #grouper = new ValueGrouper();
  #ids = new Uint32Array(0);
  #shards = new Uint32Array(0);
  #offsets = new Uint32Array(1);
  #order = new Uint32Array(0);
  #lookups = new Uint32Array(0);

  /** @param bags of several features one after another, of `rows` rows each @param shards ascending, without gaps */
  group({ indices, offsets }: Bags, rows: number, shards: readonly RowSpan[]): ShardGroups {
    this.#reserve(indices.length);
    const [order, ids, bounds] = [this.#order, this.#ids, new Uint32Array(shards.length)];
    let count = 0;
    shards.forEach(({ start, end }, s) => {
      for (let bag = 0; bag < offsets.length - 1; bag += rows) {
        for (let l = offsets[bag + start]!; l < offsets[bag + end]!; l++, count++) {
          order[count] = l;
          ids[count] = indices[l]!;
        }
      }
      bounds[s] = count;
    });
    const groups = this.#grouper.group(ids, count);
    let pairs = 0;
    for (let group = 0, i = 0; group < groups.distinct; group++) {
      for (let shard = -1, bound = 0; i < groups.offsets[group + 1]!; i++) {
        const place = groups.positions[i]!;
        this.#lookups[i] = order[place]!;
        if (place < bound) continue;
        while (place >= bound) bound = bounds[++shard]!;
        ids[pairs] = groups.values[group]!;
        this.#shards[pairs] = shard;
        this.#offsets[pairs++] = i;
      }
    }
    this.#offsets[pairs] = count;
    return {
      ids: ids.subarray(0, pairs),
      shards: this.#shards.subarray(0, pairs),
      offsets: this.#offsets.subarray(0, pairs + 1),
      lookups: this.#lookups.subarray(0, indices.length),
    };
  }

  #reserve(length: number): void {
    if (this.#ids.length >= length) return;
    const capacity = powerOfTwo(length);
    [this.#ids, this.#shards, this.#order, this.#lookups] = [0, 1, 2, 3].map(
      () => new Uint32Array(capacity),
    ) as [
      Uint32Array<ArrayBuffer>,
      Uint32Array<ArrayBuffer>,
      Uint32Array<ArrayBuffer>,
      Uint32Array<ArrayBuffer>,
    ];
    this.#offsets = new Uint32Array(capacity + 1);
  }
}
