/** What may be spent on measuring, and what has been. */
export interface WorkBudget {
  readonly total: number;
  readonly left: number;
  /** What a share of the training of a candidate is expected to take. */
  expected(candidate: string, share: number): number;
  spend(candidate: string, share: number, seconds: number): void;
  /** Whether the expectation has to be learnt by trying. */
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

/** So many seconds. What a candidate takes is learnt from its trials, and before its first from those of the others. */
export function timeBudget(seconds: number): WorkBudget {
  let spent = 0;
  const known = new Map<string, { share: number; seconds: number }>();
  const rate = ({ share, seconds: took }: { share: number; seconds: number }) => took / share;
  return {
    total: seconds,
    get left() {
      return seconds - spent;
    },
    expected(candidate, share) {
      const own = known.get(candidate);
      if (own !== undefined) return share * rate(own);
      const rates = [...known.values()].map(rate);
      return rates.length === 0 ? 0 : (share * rates.reduce((sum, each) => sum + each, 0)) / rates.length;
    },
    spend(candidate, share, took) {
      spent += took;
      const before = known.get(candidate) ?? { share: 0, seconds: 0 };
      known.set(candidate, { share: before.share + share, seconds: before.seconds + took });
    },
    isTimed: true,
  };
}
