import { ValueGrouper } from './group-by-value.ts';

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
  readonly #rowShape: readonly number[];
  /** place[k] = product of the row factors after k: what one step of digit k is worth. */
  readonly #place: readonly number[];
  readonly #levels: LevelScratch[];

  /** @param rowShape p_0 … p_{d-1}, most significant first */
  constructor(rowShape: readonly number[]) {
    this.#rowShape = rowShape;
    this.#place = rowShape.map((_, k) => rowShape.slice(k + 1).reduce((product, p) => product * p, 1));
    this.#levels = rowShape.map(() => new LevelScratch());
  }

  /** @param ids distinct ids [U], ascending, below the product of the row factors */
  build(ids: Uint32Array): readonly HostTrieLevel[] {
    for (const level of this.#levels) level.begin(ids.length);
    this.#insertAll(ids);
    return this.#levels.map((level, k) => level.finish(this.#levels[k - 1]?.nodes));
  }

  #insertAll(ids: Uint32Array): void {
    const depth = this.#rowShape.length;
    const digits = new Float64Array(depth);
    const previous = new Float64Array(depth).fill(-1);
    for (const id of ids) {
      let rest = id;
      let firstNew = depth;
      for (let k = 0; k < depth; k++) {
        const digit = Math.floor(rest / this.#place[k]!);
        rest -= digit * this.#place[k]!;
        digits[k] = digit;
        if (firstNew === depth && digit !== previous[k]) firstNew = k;
      }
      for (let k = firstNew; k < depth; k++) {
        this.#levels[k]!.append(digits[k]!, this.#levels[k - 1]);
        previous[k] = digits[k]!;
      }
    }
  }
}

/** Growing arrays of one level. */
class LevelScratch {
  nodes = 0;
  #digit = new Uint32Array(0);
  #parent = new Uint32Array(0);
  #childOffsets = new Uint32Array(1);
  readonly #grouper = new ValueGrouper();

  begin(capacity: number): void {
    this.nodes = 0;
    if (this.#digit.length >= capacity) return;
    const size = 2 ** Math.ceil(Math.log2(capacity));
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
    const slices = this.#grouper.group(digit);
    return {
      nodes: this.nodes,
      digit,
      parent: this.#parent.subarray(0, nodesAbove === undefined ? 0 : this.nodes),
      childOffsets: this.#childOffsets.subarray(0, nodesAbove === undefined ? 0 : nodesAbove + 1),
      slices: slices.distinct,
      sliceDigit: slices.values,
      sliceOffsets: slices.offsets,
      sliceNodes: slices.positions,
    };
  }
}
