import type { HostRoutines } from '@ttrec/backend/driver';
import { powerOfTwo } from '@ttrec/core';
import { ValueGrouper } from './group-by-value.ts';

/** The nodes of a level by their digit. The arrays are the grouper's own: valid until it groups again. */
export interface Slices {
  readonly slices: number;
  /** [S]: the distinct digits, ascending. */
  readonly sliceDigit: Uint32Array;
  /** [S + 1] */
  readonly sliceOffsets: Uint32Array;
  /** [n]: positions, grouped, ascending within a group. */
  readonly sliceNodes: Uint32Array;
}

/** Counters worth clearing for a handful of nodes. */
const FEW = 2048;

/** Groups digits below a row factor by one counting sort; by `ValueGrouper` where there are many more digits than nodes. */
export class DigitGrouper {
  readonly #factor: number;
  /** [p + 1]: nodes of each digit, then where its next node goes. */
  #counts = new Uint32Array(0);
  #sliceDigit = new Uint32Array(0);
  #sliceOffsets = new Uint32Array(0);
  #sliceNodes = new Uint32Array(0);
  #sparse: ValueGrouper | undefined;

  /** @param factor p: digits are below it */
  constructor(factor: number) {
    this.#factor = factor;
  }

  /** @param host does the work, if given */
  group(digit: Uint32Array, host?: HostRoutines): Slices {
    if (this.#factor > FEW && this.#factor > digit.length) return this.#groupSparse(digit);
    this.#reserve(digit.length);
    const slices =
      host?.groupDigits(digit, this.#factor, [
        this.#sliceDigit,
        this.#sliceOffsets,
        this.#sliceNodes,
        this.#counts,
      ]) ?? this.#groupHere(digit);
    return {
      slices,
      sliceDigit: this.#sliceDigit.subarray(0, slices),
      sliceOffsets: this.#sliceOffsets.subarray(0, slices + 1),
      sliceNodes: this.#sliceNodes.subarray(0, digit.length),
    };
  }

  #groupHere(digit: Uint32Array): number {
    const slices = this.#count(digit);
    const [counts, sliceNodes] = [this.#counts, this.#sliceNodes];
    for (let node = 0; node < digit.length; node++) sliceNodes[counts[digit[node]!]!++] = node;
    return slices;
  }

  #groupSparse(digit: Uint32Array): Slices {
    this.#sparse ??= new ValueGrouper();
    const { distinct, values, offsets, positions } = this.#sparse.group(digit);
    return { slices: distinct, sliceDigit: values, sliceOffsets: offsets, sliceNodes: positions };
  }

  #reserve(nodes: number): void {
    if (this.#counts.length === 0) {
      this.#counts = new Uint32Array(this.#factor);
      this.#sliceDigit = new Uint32Array(this.#factor);
      this.#sliceOffsets = new Uint32Array(this.#factor + 1);
    }
    if (this.#sliceNodes.length < nodes) this.#sliceNodes = new Uint32Array(powerOfTwo(nodes));
  }

  /** Counts the nodes of each digit and turns counts into starts; the number of digits that occur. */
  #count(digit: Uint32Array): number {
    const counts = this.#counts.fill(0);
    for (let node = 0; node < digit.length; node++) counts[digit[node]!]!++;
    let slices = 0;
    let start = 0;
    for (let d = 0; d < counts.length; d++) {
      const count = counts[d]!;
      if (count === 0) continue;
      this.#sliceDigit[slices] = d;
      this.#sliceOffsets[slices++] = start;
      counts[d] = start;
      start += count;
    }
    this.#sliceOffsets[slices] = start;
    return slices;
  }
}
