import { RandomStream } from '@ttrec/core';
import { isInteger, isListOfNumbers, isObject, checkThat, requireLabels, requireNumbers } from './check.ts';

export interface BootstrapOptions {
  /** [n], the block of each row from 0 on: its user, or its day. */
  readonly blocks: ArrayLike<number>;
  /** 1,000 by default; an integer from 2. */
  readonly resamples?: number;
  /** 1 by default. */
  readonly seed?: number;
}

export interface BootstrapDifference {
  readonly difference: number;
  /** Standard deviation over the resamples. */
  readonly standardError: number;
  /** The 95 % interval, from percentiles of the resamples. */
  readonly low: number;
  readonly high: number;
}

const NAME = 'blockedBootstrap';

/**
 * The difference of two AUCs on the same rows, and its interval for other blocks of rows drawn like these: whole blocks are
 * drawn with replacement, since rows of one user or day are not independent (Efron and Tibshirani 1993, 8). O(n log n), and
 * O(n) a resample.
 *
 * @param labels [n], 0 or 1, some of each
 * @throws `training/bad-statistics`
 */
export function blockedBootstrap(
  labels: ArrayLike<number>,
  scores: readonly [ArrayLike<number>, ArrayLike<number>],
  options: BootstrapOptions,
): BootstrapDifference {
  checkArguments(labels, scores, options);
  const { blocks, resamples = 1000, seed = 1 } = options;
  const [first, second] = scores;
  const count = Array.from(blocks).reduce((most, block) => Math.max(most, block + 1), 0);
  const rankings = [new Ranking(labels, first), new Ranking(labels, second)] as const;
  const differenceOf = (weights: Float64Array) => {
    const weightOf = (row: number) => weights[blocks[row]!]!;
    return rankings[0].auc(weightOf) - rankings[1].auc(weightOf);
  };
  const difference = differenceOf(new Float64Array(count).fill(1));
  checkThat(!Number.isNaN(difference), `${NAME}, labels`, 'must be 0 and 1, with some of each', 'one class');
  const stream = new RandomStream(seed, 'bootstrap');
  const drawn: number[] = [];
  while (drawn.length < resamples) {
    const weights = new Float64Array(count);
    for (let b = 0; b < count; b++) weights[stream.nextInteger(count)]!++;
    const sampled = differenceOf(weights);
    // Blocks of one class only have no AUC: they are drawn again.
    if (!Number.isNaN(sampled)) drawn.push(sampled);
  }
  drawn.sort((a, b) => a - b);
  const mean = drawn.reduce((sum, each) => sum + each, 0) / resamples;
  const squares = drawn.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  const percentile = (share: number) => drawn[Math.min(resamples - 1, Math.floor(share * resamples))]!;
  return {
    difference,
    standardError: Math.sqrt(squares / (resamples - 1)),
    low: percentile(0.025),
    high: percentile(0.975),
  };
}

function checkArguments(labels: unknown, scores: unknown, options: unknown): void {
  requireLabels(`${NAME}, labels`, labels);
  const { length: n } = labels as ArrayLike<number>;
  const isPair = Array.isArray(scores) && scores.length === 2;
  checkThat(isPair, `${NAME}, scores`, 'must be two lists of numbers', scores);
  requireNumbers(`${NAME}, scores`, scores, n);
  checkThat(isObject(options), `${NAME}, options`, 'must be an object', options);
  const { blocks, resamples = 1000, seed = 1 } = options;
  requireNumbers(`${NAME}, blocks`, [blocks], n);
  const isBlocks = isListOfNumbers(blocks) && Array.from(blocks).every((block) => isInteger(block, 0));
  checkThat(isBlocks, `${NAME}, blocks`, 'must be integers from 0', blocks);
  checkThat(isInteger(resamples, 2), `${NAME}, resamples`, 'must be an integer from 2', resamples);
  checkThat(isInteger(seed, 0), `${NAME}, seed`, 'must be an integer from 0', seed);
}

/** Rows in the order of their scores, for AUCs with any weights. */
class Ranking {
  readonly #labels: ArrayLike<number>;
  readonly #order: Uint32Array;
  /** Where runs of equal scores end. */
  readonly #ends: Uint32Array;

  constructor(labels: ArrayLike<number>, scores: ArrayLike<number>) {
    this.#labels = labels;
    this.#order = Uint32Array.from({ length: labels.length }, (_, i) => i).sort(
      (a, b) => scores[a]! - scores[b]!,
    );
    const ends: number[] = [];
    this.#order.forEach((row, i) => {
      const next = this.#order[i + 1];
      if (next === undefined || scores[next] !== scores[row]) ends.push(i + 1);
    });
    this.#ends = Uint32Array.from(ends);
  }

  /** NaN if a class has no weight. */
  auc(weightOf: (row: number) => number): number {
    let [positives, negatives, wins, start] = [0, 0, 0, 0];
    for (const end of this.#ends) {
      let [above, below] = [0, 0];
      for (; start < end; start++) {
        const row = this.#order[start]!;
        if (this.#labels[row] === 1) above += weightOf(row);
        else below += weightOf(row);
      }
      wins += above * (negatives + below / 2);
      positives += above;
      negatives += below;
    }
    return wins / (positives * negatives);
  }
}
