import type { Backend, DeviceBuffer, Range } from '@ttrec/backend';
import type { TrieLevel, TTForwardArgs } from '@ttrec/backend/kernels';
import type { TTShape } from '@ttrec/tensor-train';
import { BatchTrieBuilder, type HostTrieLevel } from '../../lookup/grouping/batch-trie.ts';
import { ValueGrouper } from '../../lookup/grouping/group-by-value.ts';
import type { Workspace } from '../../lookup/workspace.ts';

/** The cores that a trie reads, and the trie itself where the cores hold its slices alone. */
export interface TrieCores {
  readonly cores: readonly DeviceBuffer[];
  readonly levels?: readonly HostTrieLevel[];
}

/** A batch of rows that a forward computed. Valid until the next one. */
export interface TTForwardRows {
  /** U, of which the last level's values hold one each. */
  readonly distinct: number;
  readonly levels: readonly HostTrieLevel[];
  readonly args: TTForwardArgs;
  /** [L] */
  readonly lookupRow: Range;
  /** [U + 1] and [L]: the lookups of each row. */
  readonly rowOffsets: Range;
  readonly rowLookups: Range;
}

/** Computes the rows of a batch of ids from the cores of a TT, each distinct prefix of row digits once. */
export class TTForward {
  readonly #backend: Backend;
  readonly #shape: TTShape;
  readonly #workspace: Workspace;
  readonly #grouper: ValueGrouper;
  readonly #trie: BatchTrieBuilder;

  constructor(backend: Backend, shape: TTShape, workspace: Workspace) {
    this.#backend = backend;
    this.#shape = shape;
    this.#workspace = workspace;
    this.#grouper = new ValueGrouper(backend);
    this.#trie = new BatchTrieBuilder(shape.rowShape, backend);
  }

  /** @param coresOf the cores, given the trie of the batch */
  run(ids: Uint32Array, coresOf: (levels: readonly HostTrieLevel[]) => TrieCores): TTForwardRows {
    const groups = this.#grouper.group(ids);
    const built = this.#trie.build(groups.values);
    const { cores, levels = built } = coresOf(built);
    const ranges = this.#workspace.positions('positions', [
      groups.groupOf,
      groups.offsets,
      groups.positions,
      ...levels.flatMap(arraysOf),
    ]);
    const [lookupRow, rowOffsets, rowLookups, ...trieRanges] = ranges as [Range, Range, Range, ...Range[]];
    const args = { layout: this.#shape, cores, ...this.#values(trieLevels(levels, trieRanges)) };
    this.#backend.ttForward(args);
    return { distinct: groups.distinct, levels, args, lookupRow, rowOffsets, rowLookups };
  }

  /** The trie of distinct rows `ids`, ascending, of which nothing is computed yet. */
  trie(ids: Uint32Array, cores: readonly DeviceBuffer[]): Pick<TTForwardRows, 'levels' | 'args'> {
    const levels = this.#trie.build(ids);
    const ranges = this.#workspace.positions('positions', levels.flatMap(arraysOf));
    const args = { layout: this.#shape, cores, ...this.#values(trieLevels(levels, ranges)) };
    return { levels, args };
  }

  #values(levels: readonly TrieLevel[]): Pick<TTForwardArgs, 'levels' | 'values'> {
    const { colShape, ranks } = this.#shape;
    let width = 1;
    const values = levels.map((level, k) => {
      width *= colShape[k]!;
      return this.#workspace.matrix(`values${k}`, level.nodes, width * ranks[k + 1]!);
    });
    return { levels, values };
  }
}

const arraysPerLevel = 6;

function arraysOf(level: HostTrieLevel): Uint32Array[] {
  const { digit, parent, childOffsets, sliceDigit, sliceOffsets, sliceNodes } = level;
  return [digit, parent, childOffsets, sliceDigit, sliceOffsets, sliceNodes];
}

/** Puts the uploaded ranges, in the order of `arraysOf`, back under their names. */
function trieLevels(levels: readonly HostTrieLevel[], ranges: readonly Range[]): TrieLevel[] {
  return levels.map(({ nodes, slices }, k) => {
    const own = ranges.slice(k * arraysPerLevel, (k + 1) * arraysPerLevel) as [
      Range,
      Range,
      Range,
      Range,
      Range,
      Range,
    ];
    const [digit, parent, childOffsets, sliceDigit, sliceOffsets, sliceNodes] = own;
    const level = { nodes, slices, digit, sliceDigit, sliceOffsets, sliceNodes };
    return k === 0 ? level : { ...level, parent, childOffsets };
  });
}
