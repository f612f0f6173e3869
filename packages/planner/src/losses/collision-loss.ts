import { oncePer, remembered } from '../remembered.ts';
import type { Frequencies } from './frequencies.ts';

/** Step of the integral over log t. The integrand is smooth, so that the error is below 1e-6. */
const STEP = 0.5;

/** Ids of a bucket that are summed one by one; the frequencies of the others vary so slowly that they are summed as an area. */
const ONE_BY_ONE = 3;

/** The weight dt, φ, and Σ p² e^{-k t p} for k = 1, 2, 3, at one t. */
type Node = readonly [dt: number, phi: number, s1: number, s2: number, s3: number];

/**
 * The expected loss of hashing, as the share of a table's variance over reads. Ids that share a bucket share its row,
 * which at best is their mean weighted by frequency. For independent rows, with p_i the frequency of id i and P_b that of
 * bucket b, the expected weighted reconstruction error is
 *
 * loss = 1 - Σ_i p_i · E[p_i / P_b(i)]
 *
 * The expectation is over hash functions: each other id is in the same bucket with probability 1/B. With
 * p/(p + x) = ∫ p e^{-t(p + x)} dt and φ(t) = Σ_j (1 - e^{-t p_j})
 *
 * loss = 1 - ∫ Σ_i p_i² e^{-t p_i} · exp(-(φ(t) - (1 - e^{-t p_i})) / B) dt
 *
 * where the other ids are taken as Poisson, which is exact to order 1/B². The sums over ids are computed once, so that each B
 * costs one sum over about 60 nodes.
 */
export class CollisionLoss {
  readonly #frequencies: Frequencies;
  readonly #mixed = new Map<number, number>();
  readonly #modulo = new Map<number, number>();
  /** Made when `mixed` is first asked for. */
  #nodes: readonly Node[] | undefined;

  /** That of the same frequencies is made once: options ask for it again and again. */
  static readonly of = oncePer((frequencies: Frequencies) => new CollisionLoss(frequencies));

  constructor(frequencies: Frequencies) {
    this.#frequencies = frequencies;
  }

  /** Buckets chosen by a mixing hash function. */
  mixed(buckets: number): number {
    return remembered(this.#mixed, buckets, () => this.#mixedLoss(buckets));
  }

  #mixedLoss(buckets: number): number {
    if (buckets === 1) return 1 - this.#frequencies.squaresBelow(Infinity);
    let kept = 0;
    this.#nodes ??= nodesOf(this.#frequencies);
    for (const [dt, phi, s1, s2, s3] of this.#nodes) {
      // exp((1 - e^{-tp}) / B) to second order: an id does not collide with itself.
      const own = s1 + (s1 - s2) / buckets + (s1 - 2 * s2 + s3) / (2 * buckets * buckets);
      kept += dt * own * Math.exp(-phi / buckets);
    }
    return clamp(1 - kept);
  }

  /**
   * Buckets by `id mod B`, for ids in order of frequency: the B most frequent ids never collide, and bucket b holds b, b + B,
   * b + 2B, … One bucket is computed for each block.
   */
  modulo(buckets: number): number {
    return remembered(this.#modulo, buckets, () => this.#moduloLoss(buckets));
  }

  #moduloLoss(buckets: number): number {
    const { blocks, size } = this.#frequencies;
    if (buckets >= size) return 0;
    let kept = 0;
    for (const { start, count } of blocks) {
      if (start >= buckets) break;
      const positions = Math.min(count, buckets - start);
      const { mass, squares } = this.#strided(start + (positions - 1) / 2, buckets);
      if (mass > 0) kept += (positions * squares) / mass;
    }
    return clamp(1 - kept);
  }

  /** Sums over the ids first, first + stride, …: the first few one by one, the rest as 1/stride of all ids that follow. */
  #strided(first: number, stride: number): { mass: number; squares: number } {
    const frequencies = this.#frequencies;
    let [mass, squares] = [0, 0];
    let id = first;
    for (let k = 0; k < ONE_BY_ONE && id < frequencies.size; k++, id += stride) {
      const each = frequencies.at(Math.round(id));
      mass += each;
      squares += each * each;
    }
    const rest = id - stride / 2;
    if (rest >= frequencies.size) return { mass, squares };
    return {
      mass: mass + (frequencies.massBelow(Infinity) - frequencies.massBelow(rest)) / stride,
      squares: squares + (frequencies.squaresBelow(Infinity) - frequencies.squaresBelow(rest)) / stride,
    };
  }
}

function nodesOf({ blocks }: Frequencies): Node[] {
  const read = blocks.filter(({ each }) => each > 0);
  const largest = read[0]!.each;
  const smallest = read.at(-1)!.each;
  // The integrand of B buckets lies around t = B, and that of one id around 1/p: from far below both.
  const first = Math.log(1e-4 / largest) - STEP * Math.ceil(-Math.log(largest) / STEP);
  const last = Math.log(40 / smallest);
  const count = Math.ceil((last - first) / STEP);
  return Array.from({ length: count + 1 }, (_, k) => {
    const t = Math.exp(first + k * STEP);
    let [phi, s1, s2, s3] = [0, 0, 0, 0];
    for (const { count: ids, each } of read) {
      const e = Math.exp(-t * each);
      const squares = ids * each * each * e;
      phi += ids * -Math.expm1(-t * each);
      s1 += squares;
      s2 += squares * e;
      s3 += squares * e * e;
    }
    return [t * STEP, phi, s1, s2, s3];
  });
}

function clamp(loss: number): number {
  return Math.min(1, Math.max(0, loss));
}
