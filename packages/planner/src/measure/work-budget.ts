/** What may be spent on measuring, and what has been. */
export interface WorkBudget {
  readonly total: number;
  readonly left: number;
  /** What a share of the training of a candidate is expected to take, in one trial. */
  expected(candidate: string, share: number): number;
  /** @param scoring of these seconds, those that a trial takes whatever its share */
  spend(candidate: string, share: number, seconds: number, scoring?: number): void;
  /** Whether it is a limit of time: the expectation has to be learnt by trying, and trials end with it. */
  readonly isTimed: boolean;
}

/** So many whole trainings: what is tried does not depend on the machine. */
export function trialBudget(trials: number): WorkBudget {
  let spent = 0;
  return {
    total: trials,
    get left() {
      return trials - spent;
    },
    expected: (_, share) => share,
    spend(_, share) {
      spent += share;
    },
    isTimed: false,
  };
}

/**
 * So many seconds, by a clock that starts now; a measurement that was kept counts with what it took then. What a candidate takes is
 * learnt from its trials, and before its first from those of the others.
 *
 * @param now seconds
 */
export function timeBudget(seconds: number, now = () => performance.now() / 1000): WorkBudget {
  const started = now();
  const scorings: number[] = [];
  let spent = 0;
  const known = new Map<string, { share: number; seconds: number }>();
  const rate = ({ share, seconds: took }: { share: number; seconds: number }) => took / share;
  return {
    total: seconds,
    get left() {
      return seconds - Math.max(spent, now() - started);
    },
    expected(candidate, share) {
      const own = known.get(candidate);
      const rates = own === undefined ? [...known.values()].map(rate) : [rate(own)];
      return meanOf(scorings) + share * meanOf(rates);
    },
    spend(candidate, share, took, scoring = 0) {
      spent += took;
      if (share <= 0) return;
      scorings.push(scoring);
      const before = known.get(candidate) ?? { share: 0, seconds: 0 };
      known.set(candidate, { share: before.share + share, seconds: before.seconds + took - scoring });
    },
    isTimed: true,
  };
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
