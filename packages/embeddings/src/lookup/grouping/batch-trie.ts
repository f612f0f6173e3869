import { powerOfTwo } from '@ttrec/core';
import { DigitGrouper } from './group-by-digit.ts';

/** One level of a batch trie on the host; see `TrieLevel` of @ttrec/backend. Arrays are valid until the next build. */
export interface HostTrieLevel {
  readonly nodes: number;
  /** [nodes] */
  readonly digit: Uint32Array;
  /** [nodes]; empty at level 0. */
  readonly parent: Uint32Array;
  /** [nodes above + 1]; empty at level 0. */
  readonly childOffsets: Uint32Array;
  readonly slices: number;
  /** [slices] */
  readonly sliceDigit: Uint32Array;
  /** [slices + 1] */
  readonly sliceOffsets: Uint32Array;
  /** [nodes] */
  readonly sliceNodes: Uint32Array;
}

/**
 * Builds the trie of a batch: the distinct ids of the batch, written in the mixed radix of the row factors and sorted,
 * share their leading digits, and each distinct prefix becomes one node. O(U·d) time; integers throughout, exact to 2^32 - 1.
 * Keeps its memory from batch to batch.
 */
export class BatchTrieBuilder {
  /** place[k] = product of the row factors after k: what one step of digit k is worth. */
  readonly #place: readonly number[];
  readonly #levels: readonly LevelScratch[];

  /** @param rowShape p_0 … p_{d-1}, most significant first */
  constructor(rowShape: readonly number[]) {
    this.#place = rowShape.map((_, k) => rowShape.slice(k + 1).reduce((product, p) => product * p, 1));
    this.#levels = rowShape.map((p) => new LevelScratch(p));
  }

  /** @param ids distinct ids [U], ascending, below the product of the row factors */
  build(ids: Uint32Array): readonly HostTrieLevel[] {
    for (const level of this.#levels) level.begin(ids.length);
    this.#insertAll(ids);
    return this.#levels.map((level, k) => level.finish(this.#levels[k - 1]?.nodes));
  }

  /** Ids ascend, so that an id belongs to the newest node of a level as long as it lies below that node's last id. */
  #insertAll(ids: Uint32Array): void {
    const levels = this.#levels;
    const place = this.#place;
    const last = levels.length - 1;
    // first[k]: the id that starts the newest prefix of k digits; end[k] the id after its last. The empty prefix has all.
    const first = new Float64Array(last + 1);
    const end = new Float64Array(last + 1);
    end[0] = Infinity;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      let k = last;
      while (id >= end[k]!) k--;
      for (; k < last; k++) {
        const digit = Math.floor((id - first[k]!) / place[k]!);
        first[k + 1] = first[k]! + digit * place[k]!;
        end[k + 1] = first[k + 1]! + place[k]!;
        levels[k]!.append(digit, levels[k - 1]);
      }
      levels[last]!.append(id - first[last]!, levels[last - 1]);
    }
  }
}

/** Growing arrays of one level. */
class LevelScratch {
  nodes = 0;
  #digit = new Uint32Array(0);
  #parent = new Uint32Array(0);
  #childOffsets = new Uint32Array(1);
  readonly #grouper: DigitGrouper;

  constructor(rowFactor: number) {
    this.#grouper = new DigitGrouper(rowFactor);
  }

  begin(capacity: number): void {
    this.nodes = 0;
    if (this.#digit.length >= capacity) return;
    const size = powerOfTwo(capacity);
    this.#digit = new Uint32Array(size);
    this.#parent = new Uint32Array(size);
    this.#childOffsets = new Uint32Array(size + 1);
  }

  /** Adds a node under the newest node of the level above. */
  append(digit: number, above: LevelScratch | undefined): void {
    const node = this.nodes++;
    this.#digit[node] = digit;
    if (!above) return;
    const parent = above.nodes - 1;
    this.#parent[node] = parent;
    this.#childOffsets[parent + 1] = node + 1;
  }

  finish(nodesAbove: number | undefined): HostTrieLevel {
    const digit = this.#digit.subarray(0, this.nodes);
    return {
      nodes: this.nodes,
      digit,
      parent: this.#parent.subarray(0, nodesAbove === undefined ? 0 : this.nodes),
      childOffsets: this.#childOffsets.subarray(0, nodesAbove === undefined ? 0 : nodesAbove + 1),
      ...this.#grouper.group(digit),
    };
  }
}
