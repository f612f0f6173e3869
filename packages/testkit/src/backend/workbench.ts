import type { Backend, Block, DeviceBuffer, Range } from '@ttrec/backend';
import type { BagIndex, BagIndexByRow, TrieLevel } from '@ttrec/backend/kernels';
import { RandomStream } from '@ttrec/core';
import { error } from '../error.ts';
import { normal, type Matrix } from './matrix.ts';
import { offsetsOf, type NaiveTrie } from './naive-trie.ts';

/** A block on the backend, and what its whole buffer held when the host last knew. */
export interface Placed {
  readonly block: Block;
  readonly whole: Float32Array;
}

/** How far a float32 result may be from the float64 one: `terms` rounded steps relative to `scale`. */
export interface Tolerance {
  /** For every element, the sum of the absolute values of what is added up. */
  readonly scale: Matrix;
  /** Additions and multiplications on the longest way to an element. */
  readonly terms: number;
}

/**
 * Adding n float32 numbers in any order errs by at most n·2^-24 of the sum of their absolute values (Higham, Accuracy
 * and Stability of Numerical Algorithms, §4.2). Twice that, for engines whose divisions and roots are off by an ulp.
 */
const UNIT = 2 ** -23;
/** What blocks are surrounded with, and what outputs hold before they are written. */
const MARGIN = 3;

/** One case's buffers, inputs and comparisons. Every buffer it makes is bigger than what it holds. */
export class Workbench {
  readonly backend: Backend;
  readonly random: RandomStream;
  readonly #buffers: DeviceBuffer[] = [];

  constructor(backend: Backend, name: string) {
    this.backend = backend;
    this.random = new RandomStream(20211, `conformance/${name}`);
  }

  normal(rows: number, cols: number): Matrix {
    return normal(rows, cols, this.random);
  }

  buffer(rows: number, cols: number, dtype: 'float32' | 'uint32' = 'float32'): DeviceBuffer {
    const label = `conformance/${this.#buffers.length}`;
    const buffer = this.backend.createBuffer({ dtype, rows, cols, label });
    this.#buffers.push(buffer);
    return buffer;
  }

  /** A block with these numbers inside a bigger buffer of other numbers. */
  place(matrix: Matrix): Placed {
    return this.#placeAt(matrix, { row: MARGIN - 1, column: MARGIN });
  }

  /** A whole buffer with these numbers, and `spare` more rows below. */
  placeWhole(matrix: Matrix, spare = 0): Placed {
    return this.#placeAt(matrix, { row: 0, column: 0, rows: matrix.rows + spare, cols: matrix.cols });
  }

  /** A block to be written, holding numbers that no result could be taken for. */
  output(rows: number, cols: number): Placed {
    return this.place(this.normal(rows, cols));
  }

  /** A range of a uint32 buffer, not at its start. */
  positions(values: ArrayLike<number>): Range {
    const buffer = this.buffer(2, values.length + MARGIN, 'uint32');
    // What lies around are positions that nothing has: an engine that reads them reads out of place.
    this.backend.write(buffer, new Uint32Array(2 * buffer.cols).fill(2 ** 31));
    this.backend.write(buffer, Uint32Array.from(values), MARGIN);
    return { buffer, start: MARGIN, length: values.length };
  }

  /** A range of a float32 buffer. */
  numbers(values: readonly number[]): Range {
    const buffer = this.buffer(2, values.length + MARGIN);
    this.backend.write(buffer, Float32Array.from(values), MARGIN);
    return { buffer, start: MARGIN, length: values.length };
  }

  bagIndex(bags: readonly (readonly (readonly number[])[])[]): BagIndex {
    const all = bags.flat();
    return {
      bags: all.length,
      offsets: this.positions(offsetsOf(all.map((bag) => bag.length))),
      lookupRow: this.positions(all.flat()),
    };
  }

  /** The same index from the rows, and the distinct rows in the order of the gradients. */
  bagIndexByRow(bags: readonly (readonly (readonly number[])[])[]): {
    byRow: BagIndexByRow;
    distinct: number[];
  } {
    const lookups = bags.flat().flatMap((rows, bag) => rows.map((row) => ({ row, bag })));
    const distinct = [...new Set(lookups.map(({ row }) => row))].sort((a, b) => a - b);
    const groups = distinct.map((row) => lookups.flatMap((lookup, l) => (lookup.row === row ? [l] : [])));
    const byRow = {
      rows: distinct.length,
      rowOffsets: this.positions(offsetsOf(groups.map((group) => group.length))),
      rowLookups: this.positions(groups.flat()),
      lookupBag: this.positions(lookups.map(({ bag }) => bag)),
    };
    return { byRow, distinct };
  }

  trieLevels(trie: NaiveTrie): TrieLevel[] {
    return trie.levels.map((level, k) => ({
      nodes: level.nodes,
      slices: level.slices,
      digit: this.positions(level.digit),
      ...(k > 0 && {
        parent: this.positions(level.parent),
        childOffsets: this.positions(level.childOffsets),
      }),
      sliceDigit: this.positions(level.sliceDigit),
      sliceOffsets: this.positions(level.sliceOffsets),
      sliceNodes: this.positions(level.sliceNodes),
    }));
  }

  /** The block is near `want`, and the rest of its buffer is as it was, bit for bit. */
  async expectBlock(name: string, placed: Placed, want: Matrix, tolerance: Tolerance): Promise<void> {
    const { block, whole } = placed;
    const got = await this.backend.read(block.buffer);
    const cols = block.buffer.cols;
    got.forEach((value, index) => {
      const i = Math.floor(index / cols) - block.row;
      const j = (index % cols) - block.column;
      if (i < 0 || i >= block.rows || j < 0 || j >= block.cols) {
        if (!Object.is(value, whole[index])) throw outside(name, [i, j], value, whole[index]!);
        return;
      }
      const bound = UNIT * tolerance.terms * tolerance.scale.data[i * block.cols + j]!;
      const wanted = want.data[i * block.cols + j]!;
      if (!(Math.abs(value - wanted) <= bound)) throw off(name, [i, j], value, { wanted, bound });
    });
  }

  /** The buffer holds what it held, bit for bit. */
  async expectUnchanged(name: string, { block, whole }: Placed): Promise<void> {
    const nothing: Placed = { block: { ...block, rows: 0, cols: 0 }, whole };
    const none: Matrix = { rows: 0, cols: 0, data: new Float64Array(0) };
    await this.expectBlock(name, nothing, none, { scale: none, terms: 0 });
  }

  dispose(): void {
    for (const buffer of this.#buffers) buffer.dispose();
  }

  #placeAt(
    matrix: Matrix,
    at: { readonly row: number; readonly column: number; readonly rows?: number; readonly cols?: number },
  ): Placed {
    const rows = at.rows ?? matrix.rows + 2 * MARGIN;
    const cols = at.cols ?? matrix.cols + 2 * MARGIN;
    const buffer = this.buffer(rows, cols);
    const whole = Float32Array.from(this.normal(rows, cols).data);
    matrix.data.forEach((value, index) => {
      const i = Math.floor(index / matrix.cols);
      whole[(at.row + i) * cols + at.column + (index % matrix.cols)] = value;
    });
    this.backend.write(buffer, whole);
    const { row, column } = at;
    return { block: { buffer, row, column, rows: matrix.rows, cols: matrix.cols }, whole };
  }
}

type Entry = readonly [row: number, column: number];

function off(name: string, entry: Entry, got: number, want: { wanted: number; bound: number }): Error {
  return error('wrong-result', {
    subject: `${name} [${entry.join(', ')}]`,
    rule: `must be within ${want.bound} of ${want.wanted}`,
    got,
  });
}

function outside(name: string, entry: Entry, got: number, was: number): Error {
  return error('written-outside', {
    subject: `${name} [${entry.join(', ')}], outside the block`,
    rule: `must stay ${was}`,
    got,
  });
}
