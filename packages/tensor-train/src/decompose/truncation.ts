import { error } from '../error.ts';
import type { ChooseRank } from '../linear-algebra/basis.ts';
import { timesPowerOfTwo } from '../linear-algebra/powers-of-two.ts';
import { type ClippedRank, clipRanks } from '../shapes/rank-limits.ts';

/** How far to compress: exactly one of the four. */
export interface Truncation {
  /** One number for all inner ranks, the inner ranks [d - 1], or all ranks [d + 1]; clipped to the maximal ranks. */
  readonly ranks?: number | readonly number[] | undefined;
  /** The allowed Frobenius error, as a fraction of the norm; 0 drops only rounding. */
  readonly relativeError?: number | undefined;
  /** The most parameters of all cores together. */
  readonly parameters?: number | undefined;
  /** The most bytes, at 4 bytes a parameter (float32). */
  readonly bytes?: number | undefined;
}

/** The names of a `Truncation`. */
export const TRUNCATION_OPTIONS = ['ranks', 'relativeError', 'parameters', 'bytes'] as const;

/** The error of a compression, and the ranks that it clipped. */
export interface TruncationReport {
  /**
   * The Frobenius distance to the input: the root of the sum of the discarded squared singular values of all
   * unfoldings. It is exact, as every truncation is an orthogonal projection; from Gram matrices it may be too large by
   * some 1e-7 of the norm, or 1e-3 with a float32 matmul (see `fromFloat32Matmul`).
   */
  readonly error: number;
  /** The same as a fraction of the norm of the input; 0 for an input of zeros. */
  readonly relativeError: number;
  /** Requested ranks above the maximal ones. */
  readonly clipped: readonly ClippedRank[];
}

/** Singular values below this fraction of the norm are rounding. */
const ROUNDING = 2 ** -45;

/** First guess of the rank if an error decides it. */
const GUESS = 16;

/** All ranks [d + 1], or the relative error of the whole decomposition. */
export type RankRule = { readonly ranks: readonly number[] } | { readonly relativeError: number };

/** Chooses, for one decomposition, how many singular vectors to keep at each place, and adds up the error. */
export class TruncationPlan {
  readonly clipped: readonly ClippedRank[];
  readonly #ranks: readonly number[] | undefined;
  readonly #allowed: number;
  readonly #norm: number;
  readonly #discarded: Float64Array;

  /** @param norm the Frobenius norm of what is decomposed */
  constructor(rule: RankRule, modes: readonly number[], norm: number) {
    this.#norm = norm;
    this.#discarded = new Float64Array(modes.length + 1);
    if ('ranks' in rule) {
      const { ranks, clipped } = clipRanks(modes, rule.ranks);
      this.#ranks = ranks;
      this.#allowed = 0;
      this.clipped = clipped;
    } else {
      const share = Math.max(rule.relativeError / Math.sqrt(Math.max(1, modes.length - 1)), ROUNDING);
      this.#ranks = undefined;
      this.#allowed = (share * norm) ** 2;
      this.clipped = [];
    }
  }

  /** The rank expected at place k. */
  expectedRank(place: number): number {
    return this.#ranks?.[place] ?? GUESS;
  }

  /** The chooser for place k, 1 … d - 1. */
  chooser(place: number): ChooseRank {
    return (values, beyond) => {
      const rank = this.#ranks?.[place] ?? smallestRank(values, beyond, this.#allowed);
      this.#discarded[place] = tail(values, rank, beyond);
      return rank;
    };
  }

  /** @param exponent the input was 2^exponent times what was decomposed */
  report(exponent: number): TruncationReport {
    const distance = Math.sqrt(this.#discarded.reduce((sum, squared) => sum + squared, 0));
    return {
      error: timesPowerOfTwo(distance, exponent),
      relativeError: this.#norm === 0 ? 0 : distance / this.#norm,
      clipped: this.clipped,
    };
  }
}

/** The sum of the squares of the singular values after the first `rank`, smallest first. */
function tail(values: Float64Array, rank: number, beyond: number): number {
  let sum = beyond;
  for (let i = values.length - 1; i >= rank; i--) sum += values[i]! * values[i]!;
  return sum;
}

/** The smallest rank, at least 1, whose tail is allowed; Infinity if the unknown singular values exceed it already. */
function smallestRank(values: Float64Array, beyond: number, allowed: number): number {
  if (beyond > allowed) return Infinity;
  let rank = values.length;
  let sum = beyond;
  while (rank > 1) {
    const value = values[rank - 1]!;
    if (sum + value * value > allowed) break;
    sum += value * value;
    rank--;
  }
  return rank;
}

/** Checks that there is exactly one kind of truncation, and that an error is a number of at least 0. */
export function checkTruncation({ ranks, relativeError, parameters, bytes }: Truncation): void {
  const given = Object.entries({ ranks, relativeError, parameters, bytes }).filter(
    ([, value]) => value !== undefined,
  );
  if (given.length !== 1) {
    throw error('bad-truncation', {
      subject: 'options',
      rule: 'must hold exactly one of ranks, relativeError, parameters, bytes',
      got: given.length === 0 ? 'none' : given.map(([name]) => name).join(' and '),
    });
  }
  if (relativeError !== undefined && !(Number.isFinite(relativeError) && relativeError >= 0)) {
    throw error('bad-truncation', {
      subject: 'relativeError',
      rule: 'must be a number of at least 0',
      got: relativeError,
    });
  }
}
