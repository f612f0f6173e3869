import { ranksForBudget } from '../shapes/rank-limits.ts';
import { checkShape, expandRanks, type Factors } from '../shapes/tt-shape.ts';
import { checkTruncation, type RankRule, type Truncation } from './truncation.ts';

/**
 * The ranks, or the error, that a truncation asks for.
 *
 * @throws `tensor-train/bad-truncation`, `bad-ranks`, `bad-factors`, `bad-budget`, `budget-too-small`
 */
export function rankRule(factors: Factors, truncation: Truncation): RankRule {
  checkTruncation(truncation);
  const { ranks, relativeError, parameters, bytes } = truncation;
  if (ranks !== undefined) {
    const full = expandRanks(ranks, factors.rowShape.length);
    checkShape({ ...factors, ranks: full });
    return { ranks: full };
  }
  if (relativeError !== undefined) return { relativeError };
  return { ranks: ranksForBudget(factors, parameters === undefined ? { bytes: bytes! } : { parameters }) };
}

/** `rankRule` for a tensor of modes n_k: row factors beside column factors of 1. */
export function rankRuleOfModes(modes: readonly number[], truncation: Truncation): RankRule {
  return rankRule({ rowShape: modes, colShape: modes.map(() => 1) }, truncation);
}
