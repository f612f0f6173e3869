/** One level of a batch trie on the host. Fields as in `TrieLevel` of @ttrec/backend. */
export interface NaiveTrieLevel {
  readonly nodes: number;
  readonly slices: number;
  readonly digit: Uint32Array;
  /** Empty at level 0, as is `childOffsets`. */
  readonly parent: Uint32Array;
  readonly childOffsets: Uint32Array;
  readonly sliceDigit: Uint32Array;
  readonly sliceOffsets: Uint32Array;
  readonly sliceNodes: Uint32Array;
}

export interface NaiveTrie {
  /** The distinct ids, ascending: row u of the last level. */
  readonly rows: readonly number[];
  readonly levels: readonly NaiveTrieLevel[];
}

/**
 * The batch trie of `ids` over row factors `rowShape`, built by plain maps from prefixes to positions: slow and obvious,
 * to hold faster builders against.
 */
export function naiveTrie(ids: Iterable<number>, rowShape: readonly number[]): NaiveTrie {
  const rows = [...new Set(ids)].sort((a, b) => a - b);
  const levels: NaiveTrieLevel[] = [];
  let above: readonly number[] = [];
  for (let k = 0; k < rowShape.length; k++) {
    // The number that the first k + 1 digits of an id spell.
    const below = rowShape.slice(k + 1).reduce((product, p) => product * p, 1);
    const prefixes = [...new Set(rows.map((id) => Math.floor(id / below)))];
    levels.push(levelOf(prefixes, above, rowShape[k]!, k === 0));
    above = prefixes;
  }
  return { rows, levels };
}

/** The row digits of an id, most significant first. */
export function naiveDigits(id: number, rowShape: readonly number[]): number[] {
  const digits: number[] = [];
  for (let k = rowShape.length - 1, rest = id; k >= 0; k--) {
    digits.unshift(rest % rowShape[k]!);
    rest = Math.floor(rest / rowShape[k]!);
  }
  return digits;
}

function levelOf(
  prefixes: readonly number[],
  above: readonly number[],
  factor: number,
  first: boolean,
): NaiveTrieLevel {
  const digits = prefixes.map((prefix) => prefix % factor);
  const parents = first ? [] : prefixes.map((prefix) => above.indexOf(Math.floor(prefix / factor)));
  const children = above.map((_, p) => parents.filter((parent) => parent === p).length);
  const sliceDigits = [...new Set(digits)].sort((a, b) => a - b);
  const groups = sliceDigits.map((digit) => digits.flatMap((other, node) => (other === digit ? [node] : [])));
  return {
    nodes: prefixes.length,
    slices: sliceDigits.length,
    digit: Uint32Array.from(digits),
    parent: Uint32Array.from(parents),
    childOffsets: first ? new Uint32Array(0) : offsetsOf(children),
    sliceDigit: Uint32Array.from(sliceDigits),
    sliceOffsets: offsetsOf(groups.map((group) => group.length)),
    sliceNodes: Uint32Array.from(groups.flat()),
  };
}

/** Running totals, from 0 to the sum. */
export function offsetsOf(lengths: readonly number[]): Uint32Array {
  const offsets = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, i) => (offsets[i + 1] = offsets[i]! + length));
  return offsets;
}
