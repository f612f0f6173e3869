import type { Backend } from '@ttrec/backend';
import { singles } from '../../backend/index.ts';
import type { KindCase } from '../kind-case.ts';
import { requireThat } from '../require.ts';
import { buildBag, type TableUnderTest } from '../table-under-test.ts';

/** Tables drawn at first, each of another seed; more if these are not conclusive. */
const FIRST_SEEDS = 400;
const MOST_SEEDS = 6400;
/** Rows looked at in each. */
const ROWS = 60;
/** The standard error at which a mean square that is a quarter off is distinguishable. */
const ENOUGH = 0.05;
/** Standard errors that a mean may be off by: one in two million is further off by chance, and seeds are fixed. */
const ERRORS = 5;

interface Moments {
  /** Over the standard deviation that is promised: expected 0. */
  readonly mean: number[];
  /** Over the variance that is promised: expected 1. */
  readonly square: number[];
}

/** Over many seeds, entries have mean 0 and mean square 1/(3N), within the error of so many draws. */
async function checkMoments(table: TableUnderTest, backend: Backend): Promise<void> {
  if (table.initialRows === null) return;
  const moments: Moments = { mean: [], square: [] };
  for (let seeds = FIRST_SEEDS; seeds <= MOST_SEEDS; seeds *= 2) {
    while (moments.mean.length < seeds) await draw(table, backend, moments);
    if (standardError(moments.mean) < ENOUGH && standardError(moments.square) < ENOUGH) break;
  }
  requireExpected('mean of rows over its standard deviation', moments.mean, 0);
  requireExpected('mean square of rows times 3N', moments.square, 1);
}

/** One more table, of the next seed. */
async function draw(table: TableUnderTest, backend: Backend, moments: Moments): Promise<void> {
  const { numEmbeddings, embeddingDim } = table;
  const target = 1 / (3 * (table.initialRows ?? numEmbeddings));
  const count = Math.min(ROWS, numEmbeddings);
  const ids = Array.from({ length: count }, (_, i) => Math.floor((i * numEmbeddings) / count));
  const bag = buildBag(table, backend, { seed: moments.mean.length });
  const { buffer } = bag.forward(singles(ids), { training: false });
  const values = await backend.read(buffer, 0, count * embeddingDim);
  bag.dispose();
  moments.mean.push(average(values) / Math.sqrt(target));
  moments.square.push(average(values.map((value) => value * value)) / target);
}

function requireExpected(subject: string, draws: readonly number[], expected: number): void {
  const error = standardError(draws);
  requireThat(error < ENOUGH, {
    subject: `standard error of the ${subject}`,
    rule: `must be below ${ENOUGH} over ${draws.length} seeds`,
    got: error,
  });
  const mean = average(draws);
  // Where every draw is exact, as in a tensor train scaled to its variance, rounding remains.
  const bound = ERRORS * error + 1e-6;
  requireThat(Math.abs(mean - expected) <= bound, {
    subject,
    rule: `must be within ${bound} of ${expected} over ${draws.length} seeds`,
    got: mean,
  });
}

function standardError(draws: readonly number[]): number {
  const mean = average(draws);
  return Math.sqrt(average(draws.map((value) => (value - mean) ** 2)) / draws.length);
}

function average(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

export const initialisationCases: readonly KindCase[] = [
  { name: 'rows start with mean 0 and variance 1/(3N)', run: checkMoments, trains: true },
];
