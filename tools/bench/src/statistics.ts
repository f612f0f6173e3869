/** The middle of some samples and how far they spread. */
export interface Summary {
  readonly median: number;
  /** The 10 % quantile. */
  readonly low: number;
  /** The 90 % quantile. */
  readonly high: number;
}

/** The quantile at `share` of 0 to 1, linear between neighbours (type 7 of Hyndman and Fan, 1996). `samples` is not empty. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const under = sorted[below]!;
  return under + (at - below) * ((sorted[below + 1] ?? under) - under);
}

export function summarise(samples: readonly number[]): Summary {
  return { median: quantile(samples, 0.5), low: quantile(samples, 0.1), high: quantile(samples, 0.9) };
}

/** The times of some samples, null where there is none. */
export function secondsOf(
  samples: readonly ({ readonly secondsPerStep: number } | null)[],
): (number | null)[] {
  return samples.map((sample) => sample?.secondsPerStep ?? null);
}

/**
 * How many times faster the first was than the second, pair by pair: what both met at the same time cancels.
 * A pair in which one of them has no time (null) counts for nothing.
 */
export function ratiosOfPairs(
  ours: readonly (number | null)[],
  others: readonly (number | null)[],
): readonly number[] {
  return ours.flatMap((seconds, pair) => {
    const other = others[pair] ?? null;
    return seconds === null || other === null ? [] : [other / seconds];
  });
}
