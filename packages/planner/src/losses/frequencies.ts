/** Ids that are read about equally often: `count` ids from id `start` on, each with the share `each` of all reads. */
export interface FrequencyBlock {
  readonly start: number;
  readonly count: number;
  readonly each: number;
}

/** The first ids have a block each; after them, each block ends at this multiple of where it starts. */
const GROWTH = 1.08;
const SINGLE = 64;

/**
 * How often each id of a table is read, most frequent first, as a few hundred blocks instead of N numbers: sums over ten
 * million ids take microseconds. The ids of a block count as equally frequent.
 */
export class Frequencies {
  /** N. */
  readonly size: number;
  readonly blocks: readonly FrequencyBlock[];
  /** [blocks + 1]: reads, and sums of squared frequencies, of all ids before each block. */
  readonly #mass: Float64Array;
  readonly #squares: Float64Array;
  readonly #tails = new Map<number, Frequencies>();

  /** @param blocks consecutive from id 0; frequencies are normalised to sum to 1 */
  constructor(blocks: readonly FrequencyBlock[]) {
    const total = blocks.reduce((sum, { count, each }) => sum + count * each, 0);
    this.blocks = blocks.map(({ start, count, each }) => ({ start, count, each: each / total }));
    this.size = blocks.reduce((sum, { count }) => sum + count, 0);
    this.#mass = cumulative(this.blocks, (each) => each);
    this.#squares = cumulative(this.blocks, (each) => each * each);
  }

  /** The share of reads that go to ids below `id`, which need not be an integer. O(log blocks). */
  massBelow(id: number): number {
    return this.#below(this.#mass, id, (each) => each);
  }

  /** The sum of squared frequencies of ids below `id`. O(log blocks). */
  squaresBelow(id: number): number {
    return this.#below(this.#squares, id, (each) => each * each);
  }

  /** The frequency of an id. O(log blocks). */
  at(id: number): number {
    return this.blocks[this.#blockOf(id)]!.each;
  }

  /** The frequencies of the ids from `id` on. They are equal if none of these ids is ever read. */
  from(id: number): Frequencies {
    const known = this.#tails.get(id);
    if (known !== undefined) return known;
    const kept = this.blocks
      .filter(({ start, count }) => start + count > id)
      .map(({ start, count, each }) => {
        const begin = Math.max(start, id);
        return { start: begin - id, count: start + count - begin, each };
      });
    const unread = kept.every(({ each }) => each === 0);
    const tail = new Frequencies(unread ? [{ start: 0, count: this.size - id, each: 1 }] : kept);
    this.#tails.set(id, tail);
    return tail;
  }

  #below(sums: Float64Array, id: number, term: (each: number) => number): number {
    if (id <= 0) return 0;
    if (id >= this.size) return sums[this.blocks.length]!;
    const b = this.#blockOf(id);
    const { start, each } = this.blocks[b]!;
    return sums[b]! + (id - start) * term(each);
  }

  #blockOf(id: number): number {
    let low = 0;
    let high = this.blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.blocks[middle]!.start <= id) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function cumulative(blocks: readonly FrequencyBlock[], term: (each: number) => number): Float64Array {
  const sums = new Float64Array(blocks.length + 1);
  blocks.forEach(({ count, each }, b) => (sums[b + 1] = sums[b]! + count * term(each)));
  return sums;
}

/**
 * Frequencies by Zipf's law: id k is read in proportion to (k + 1)^-exponent. The default where there are no counts;
 * exponent 0 is the uniform distribution. O(log N), with sums over blocks by the Euler-Maclaurin formula.
 */
export function zipfFrequencies(numEmbeddings: number, exponent: number): Frequencies {
  return new Frequencies(
    blockRanges(numEmbeddings).map(({ start, count }) => ({
      start,
      count,
      each: powerSum(start + 1, start + count, exponent) / count,
    })),
  );
}

/**
 * Frequencies from counts, sorted: most frequent first. `followsFrequency` returns whether the ids themselves have that
 * order. O(N log N).
 *
 * @param counts reads of each id, [N], none negative and not all zero
 */
export function countedFrequencies(counts: ArrayLike<number>): Frequencies {
  const sorted = Float64Array.from(counts).sort().reverse();
  return new Frequencies(
    blockRanges(sorted.length).map(({ start, count }) => {
      let sum = 0;
      for (let i = start; i < start + count; i++) sum += sorted[i]!;
      return { start, count, each: sum / count };
    }),
  );
}

/** Ids in order of frequency may be swapped here and there: their first ids must have this share of what they could have. */
const NEARLY = 0.9;

/**
 * Whether low ids are the frequent ones, so that "hot" can mean `id < hot`: for every power of two n, the first n ids have
 * nearly the reads of the n - 1 most frequent ones. One id is left out because the row of unknown values, often id 0, may
 * never be read. O(N).
 */
export function followsFrequency(counts: ArrayLike<number>, frequencies: Frequencies): boolean {
  let [sum, total] = [0, 0];
  for (let i = 0; i < counts.length; i++) total += counts[i]!;
  let next = 1;
  for (let i = 0; i < counts.length; i++) {
    sum += counts[i]!;
    if (i + 1 < next) continue;
    if (sum / total < NEARLY * frequencies.massBelow(i)) return false;
    next *= 2;
  }
  return true;
}

/** Id ranges of the blocks of a table of `size` rows: one id each at first, then growing. */
function blockRanges(size: number): { start: number; count: number }[] {
  const ranges = [];
  for (let start = 0; start < size;) {
    const grown = start < SINGLE ? 1 : Math.ceil(start * (GROWTH - 1));
    const count = Math.min(grown, size - start);
    ranges.push({ start, count });
    start += count;
  }
  return ranges;
}

/** The sum of k^-s for k from a to b. Blocks are short compared to a: three terms of Euler-Maclaurin give 12 digits. */
function powerSum(a: number, b: number, s: number): number {
  if (a === b) return a ** -s;
  const t = (1 - s) * Math.log(b / a);
  // The integral of x^-s, exact near s = 1 too.
  const integral = a ** (1 - s) * (Math.abs(t) < 1e-12 ? Math.log(b / a) : Math.expm1(t) / (1 - s));
  return integral + (a ** -s + b ** -s) / 2 + (s * (a ** (-s - 1) - b ** (-s - 1))) / 12;
}
