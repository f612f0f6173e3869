import { defaultPrior, type LossPrior } from './tt-loss.ts';

/** One assumption about what the rows of an untrained table have in common. */
export interface Hypothesis {
  /** `shared`, `own` or `drift`; `given` for assumptions of the caller. */
  readonly name: string;
  /** What it assumes, as a phrase. */
  readonly assumes: string;
  readonly prior: LossPrior;
}

/**
 * What an untrained table may turn out to be. `shared` is the prior that was fitted to the measured runs. `own` is the opposite,
 * as on the names and the tennis matches of the README, where tensor trains come out behind forms in which each id has numbers of its
 * own. `drift`: the frequent ids of training are not those that are read later.
 */
export const hypotheses: readonly Hypothesis[] = [
  {
    name: 'shared',
    assumes: 'ids of similar frequency have much in common',
    prior: defaultPrior,
  },
  {
    name: 'own',
    assumes: 'ids have nothing in common',
    prior: { ...defaultPrior, structure: 0, ownNumbers: 6, mixedNumbers: 12 },
  },
  {
    name: 'drift',
    assumes: 'ids have little in common, and a third of the reads moves to other ids',
    prior: { ...defaultPrior, structure: 0.25, ownNumbers: 4, mixedNumbers: 8, drift: 1 / 3 },
  },
];

/** Assumptions of the caller take the place of all hypotheses. */
export function givenHypothesis(prior: Partial<LossPrior>): Hypothesis {
  return {
    name: 'given',
    assumes: 'the prior that was given',
    prior: { ...defaultPrior, ...prior },
  };
}

/**
 * One loss for those under several hypotheses: their root mean square. A loss that is large under one of them counts for more than in the
 * mean, so that a plan avoids what could turn out bad, and it is still the sum over tables that an exact search needs.
 */
export function cautiousLoss(losses: readonly number[]): number {
  if (losses.length === 1) return losses[0]!;
  return Math.sqrt(losses.reduce((sum, loss) => sum + loss * loss, 0) / losses.length);
}
