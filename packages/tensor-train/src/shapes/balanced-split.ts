import { divisorsOf, primeFactors } from './prime-factors.ts';

/** The factors of a number, ascending, and how balanced they are. */
export interface Split {
  readonly factors: readonly number[];
  /** Entropy of the factors divided by their sum, in nats; log d when all are equal. */
  readonly entropy: number;
}

/** Splits found before: shapes of one table are asked for again and again while a plan is made. */
const known = new Map<number, Split>();
const MOST_KNOWN = 2 ** 16;
const MOST_GROUPS = 64;

/**
 * The split of the prime factors of `n` into d groups whose products have the largest normalised entropy. A number of
 * fewer than d primes becomes its primes and ones.
 *
 * Branch and bound over ascending lists of divisors: no completion of a list beats the one whose open places all hold
 * the geometric mean of the rest. (Among completions at least as large as the fixed factors, entropy falls as their sum
 * grows and as they spread.)
 */
export function mostBalancedSplit(n: number, d: number): Split {
  if (d >= MOST_GROUPS) return split(n, d);
  const key = n * MOST_GROUPS + d;
  const before = known.get(key);
  if (before !== undefined) return before;
  const found = split(n, d);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, found);
  return found;
}

function split(n: number, d: number): Split {
  const primes = primeFactors(n);
  if (primes.length <= d) {
    const factors = [...new Array<number>(d - primes.length).fill(1), ...primes];
    return { factors, entropy: entropyOf(factors) };
  }
  const search = new SplitSearch(divisorsOf(primes), d);
  search.descend(n, 2, []);
  return search.best;
}

class SplitSearch {
  best: Split = { factors: [], entropy: -1 };
  readonly #divisors: readonly number[];
  readonly #d: number;

  constructor(divisors: readonly number[], d: number) {
    this.#divisors = divisors;
    this.#d = d;
  }

  /** Tries every ascending completion of `fixed` by divisors of at least `lowest` whose product is `rest`. */
  descend(rest: number, lowest: number, fixed: readonly number[]): void {
    const open = this.#d - fixed.length;
    if (open === 1) {
      this.#keep([...fixed, rest]);
      return;
    }
    const mean = rest ** (1 / open);
    if (entropyOf([...fixed, ...new Array<number>(open).fill(mean)]) <= this.best.entropy) return;
    // Balanced lists first, so that the bound cuts the others early.
    for (let i = lastAtMost(this.#divisors, mean * (1 + 1e-12)); i >= 0; i--) {
      const divisor = this.#divisors[i]!;
      if (divisor < lowest) break;
      if (rest % divisor === 0) this.descend(rest / divisor, divisor, [...fixed, divisor]);
    }
  }

  #keep(factors: readonly number[]): void {
    const entropy = entropyOf(factors);
    if (entropy > this.best.entropy) this.best = { factors, entropy };
  }
}

function lastAtMost(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function entropyOf(factors: readonly number[]): number {
  let sum = 0;
  for (const factor of factors) sum += factor;
  let entropy = 0;
  for (const factor of factors) entropy -= (factor / sum) * Math.log(factor / sum);
  return entropy;
}
