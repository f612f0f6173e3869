import { error } from '../error.ts';
import type { ChooseRank } from '../linear-algebra/basis.ts';
import { timesPowerOfTwo } from '../linear-algebra/powers-of-two.ts';
import { type ClippedRank, clipRanks } from '../shapes/rank-limits.ts';

/** How far to compress; exactly one of the four. */
export interface Truncation {
  /** One rank for all inner places, the inner ranks [d - 1], or all ranks [d + 1]; cut at their useful maximum. */
  readonly ranks?: number | readonly number[] | undefined;
  /** The Frobenius distance allowed, as a fraction of the norm; 0 drops what rounding alone put there. */
  readonly relativeError?: number | undefined;
  /** At most so many numbers in all cores. */
  readonly parameters?: number | undefined;
  /** At most so many bytes, at 4 bytes a number (float32). */
  readonly bytes?: number | undefined;
}

/** The names of a `Truncation`. */
export const TRUNCATION_OPTIONS = ['ranks', 'relativeError', 'parameters', 'bytes'] as const;

/** What a compression did, beside its result. */
export interface TruncationReport {
  /**
   * Frobenius distance to the input: the root of the discarded squared singular values, summed over the unfoldings.
   * Exact, as every truncation is an orthogonal projection; from Gram matrices it may be too large, by some 1e-7 of
   * the norm, or 1e-3 with a float32 matmul (see `fromFloat32Matmul`).
   */
  readonly error: number;
  /** The same, as a fraction of the input's norm (0 for an input of zeros). */
  readonly relativeError: number;
  /** Ranks that were asked for in vain. */
  readonly clipped: readonly ClippedRank[];
}

/** Below this fraction of the norm a singular value is rounding. */
const ROUNDING = 2 ** -45;

/** First guess of the rank where an error decides. */
const GUESS = 16;

/** Ranks of every place, or the error that each of the d - 1 truncations may make. */
export type RankRule = { readonly ranks: readonly number[] } | { readonly relativeError: number };

/** Answers, for one decomposition, how many singular vectors to keep at each place, and keeps the books. */
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

  /** @param exponent the power of two that what was decomposed is yet to be multiplied by */
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

/** The smallest rank, at least 1, whose tail is allowed; infinity when what is not known is already too much. */
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

/** Checks that exactly one kind of truncation was asked for, and that an error is a number of at least 0. */
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
