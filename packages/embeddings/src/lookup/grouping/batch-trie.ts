import type { Backend } from '@ttrec/backend';
import type { HostRoutines } from '@ttrec/backend/driver';
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
  readonly #levels: readonly LevelScratch[];
  readonly #host: HostRoutines | undefined;

  /** @param rowShape p_0 … p_{d-1}, most significant first @param backend does the work where it has routines for it */
  constructor(rowShape: readonly number[], backend?: Pick<Backend, 'host'>) {
    this.#levels = rowShape.map((p) => new LevelScratch(p));
    this.#host = backend?.host;
  }

  /** @param ids distinct ids [U], ascending, below the product of the row factors */
  build(ids: Uint32Array): readonly HostTrieLevel[] {
    const levels: HostTrieLevel[] = [];
    let prefixes = ids;
    for (const level of this.#levels.toReversed()) {
      const nodes = prefixes.length;
      prefixes = level.split(prefixes, this.#host);
      levels.unshift(
        level.finish(nodes, levels.length + 1 < this.#levels.length ? prefixes.length : -1, this.#host),
      );
    }
    return levels;
  }
}

/** Growing arrays of one level. */
class LevelScratch {
  readonly #rowFactor: number;
  #digit = new Uint32Array(0);
  #parent = new Uint32Array(0);
  #childOffsets = new Uint32Array(1);
  /** The distinct prefixes without their last digits. */
  #prefixes = new Uint32Array(0);
  readonly #grouper: DigitGrouper;

  constructor(rowFactor: number) {
    this.#rowFactor = rowFactor;
    this.#grouper = new DigitGrouper(rowFactor);
  }

  /** Takes the last digit off prefixes, which ascend; the distinct ones of what is left. */
  split(prefixes: Uint32Array, host: HostRoutines | undefined): Uint32Array {
    this.#reserve(prefixes.length);
    const factor = this.#rowFactor;
    const [digits, parents] = [this.#digit, this.#parent];
    const [childOffsets, above] = [this.#childOffsets, this.#prefixes];
    if (host) return above.subarray(0, host.split(prefixes, factor, [digits, parents, childOffsets, above]));
    let parent = -1;
    let last = -1;
    // No branch: whether the next prefix has a parent of its own is anyone's guess. A quotient is below 2^32, and exact in float64.
    for (let node = 0; node < prefixes.length; node++) {
      const prefix = prefixes[node]!;
      const quotient = (prefix / factor) >>> 0;
      digits[node] = prefix - Math.imul(quotient, factor);
      parent += Number(quotient !== last);
      last = quotient;
      parents[node] = parent;
      above[parent] = quotient;
      childOffsets[parent + 1] = node + 1;
    }
    return above.subarray(0, parent + 1);
  }

  /** @param nodesAbove -1 at level 0 */
  finish(nodes: number, nodesAbove: number, host: HostRoutines | undefined): HostTrieLevel {
    const digit = this.#digit.subarray(0, nodes);
    return {
      nodes,
      digit,
      parent: this.#parent.subarray(0, nodesAbove < 0 ? 0 : nodes),
      childOffsets: this.#childOffsets.subarray(0, nodesAbove + 1),
      ...this.#grouper.group(digit, host),
    };
  }

  #reserve(capacity: number): void {
    if (this.#digit.length >= capacity) return;
    const size = powerOfTwo(capacity);
    this.#digit = new Uint32Array(size);
    this.#parent = new Uint32Array(size);
    this.#childOffsets = new Uint32Array(size + 1);
    this.#prefixes = new Uint32Array(size);
  }
}
