import { ranksForBudget } from '../shapes/rank-limits.ts';
import { checkShape, expandRanks, type Factors } from '../shapes/tt-shape.ts';
import { checkTruncation, type RankRule, type Truncation } from './truncation.ts';

/**
 * What a truncation means for given factors.
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

/** What a truncation means for a tensor with modes n_k, each of them a row factor beside a column factor of 1. */
export function rankRuleOfModes(modes: readonly number[], truncation: Truncation): RankRule {
  return rankRule({ rowShape: modes, colShape: modes.map(() => 1) }, truncation);
}
