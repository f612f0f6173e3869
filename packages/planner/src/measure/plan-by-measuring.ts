import { checkOptions } from '@ttrec/core/options';
import { error } from '../error.ts';
import type { PlanFeature } from '../features.ts';
import { Planner, type ModelPlan, type PlannerOptions } from '../planner.ts';
import type { Measurer } from './measurement.ts';
import {
  candidateOf,
  candidatesOf,
  firstRecipes,
  planned,
  SLOW,
  variantRecipes,
  type TablesToMake,
} from './recipes.ts';
import { pricedTables, takenBytes, type PricedTable } from './priced-table.ts';
import { pairedDifference, seedErrorOf, type Difference, type SeedError } from './row-scores.ts';
import { successiveHalving, type Tried, type TrialNotice } from './successive-halving.ts';
import { timeBudget, trialBudget, type WorkBudget } from './work-budget.ts';

export interface MeasureOptions {
  readonly measure: Measurer;
  /** Before each trial. */
  readonly onTrial?: ((about: TrialNotice) => void) | undefined;
  /**
   * What measuring may take: seconds by the clock, in which candidates are made too, or the work of so many whole trainings, which leads
   * to the same plan on every machine. A trial is stopped when the seconds are over; the first one may take a quarter of them anyway.
   */
  readonly budget: { readonly seconds: number } | { readonly trials: number };
  /** The seed of the first trials; the next ones follow. 1 by default. */
  readonly seed?: number;
  /**
   * The tables of the rows that are measured on, if these are fewer rows with smaller vocabularies. They get the same part of their
   * dense bytes. The features of the plan by default.
   */
  readonly measuredFeatures?: readonly PlanFeature[] | undefined;
}

/** One candidate, and what was measured of it. */
export interface CandidateReport {
  /** Such as `tt`, `tt, same compression` or `instant plan`. */
  readonly name: string;
  /** The kind of all compressed tables; undefined for a mixture. */
  readonly single: string | undefined;
  /** Bytes of the tables that were measured, overhead included. */
  readonly bytes: number;
  /** How far it was trained: 1 for the whole training. */
  readonly share: number;
  /** The losses on validation rows at that share, by seed. */
  readonly losses: readonly number[];
  /** How much larger the loss is than that of the chosen candidate, at the same share over the same seeds; absent for the chosen one. */
  readonly behind?: Difference | undefined;
}

export interface MeasuredPlan extends Omit<ModelPlan, 'expectedLoss' | 'gap' | 'outlooks' | 'tables'> {
  readonly tables: readonly PricedTable[];
  /** The name of the candidate that was chosen, the first of `tried`; `instant plan` if none is. */
  readonly chosen: string;
  /** All that were measured: the chosen one, other finalists, then those that were dropped. None if the time was too short for one. */
  readonly tried: readonly CandidateReport[];
  /** Names of candidates that the budget was too small to try. */
  readonly untried: readonly string[];
  /** False if measuring was stopped before its end. */
  readonly isWhole: boolean;
  /** The plan by assumptions alone, one of the candidates. */
  readonly instant: ModelPlan;
}

/**
 * Plans by trying: candidates, among them every kind alone and the instant plan, are trained for rising shares of the training, the
 * better ones go on, and the best single kind by mean loss on validation rows is chosen, unless a mixture is better by more than chance
 * may be (`successiveHalving`). It is never worse, as measured, than the best single kind that was trained as far.
 * If seconds are over before anything is measured, the instant plan is returned, with nothing in `tried`.
 *
 * @param options.reservedBytes as for `Planner.plan`
 * @throws the same errors as `Planner` and `Planner.plan`; `planner/bad-option`; `planner/nothing-measured` if measuring a number
 *   of trials was stopped before the first candidates were through; what `measure` throws
 */
export async function planByMeasuring(
  features: readonly PlanFeature[],
  options: PlannerOptions & { readonly bytes: number; readonly reservedBytes?: number },
  measuring: MeasureOptions,
): Promise<MeasuredPlan> {
  const { bytes, reservedBytes = 0, ...planner } = options;
  checkMeasureOptions(measuring);
  // The clock runs while candidates are made, too.
  const budget = workBudget(measuring.budget);
  const instantPlanner = new Planner(features, planner);
  const instant = instantPlanner.plan(bytes, reservedBytes);
  const free = bytes - reservedBytes;
  const asked: TablesToMake = { features, planner, bytes: free };
  const measured = measuredTables(asked, measuring);
  const { result, recipes } = await search(measured, measuring, budget);
  if (result.tried.length === 0 && !budget.isTimed) throw nothingMeasured();
  const made = ({ candidate }: Tried) =>
    measured === asked ? candidate : candidateOf(recipes.get(candidate.name)!, asked);
  // What was measured on smaller tables may not fit.
  const at = result.tried.findIndex((each) => made(each) !== undefined);
  const { name, tables } =
    at < 0 ? { name: planned.name, tables: pricedTables(instant.tables, planner) } : made(result.tried[at]!)!;
  return {
    budget: bytes,
    bytes: reservedBytes + takenBytes(tables),
    reservedBytes,
    denseBytes: reservedBytes + instantPlanner.denseBytes,
    tables,
    chosen: name,
    tried: at < 0 ? [] : reports(result.tried.slice(at)),
    untried: result.left,
    isWhole: result.isWhole,
    instant,
  };
}

function workBudget(budget: MeasureOptions['budget']): WorkBudget {
  return 'seconds' in budget ? timeBudget(budget.seconds) : trialBudget(budget.trials);
}

async function search(
  measured: TablesToMake,
  { measure, seed = 1, onTrial }: MeasureOptions,
  budget: WorkBudget,
) {
  const first = firstRecipes(measured);
  const recipes = new Map(first.map((recipe) => [recipe.name, recipe]));
  const candidates = candidatesOf(first, measured);
  const result = await successiveHalving({
    candidates,
    variants(tried) {
      const best = tried.map(({ candidate }) => recipes.get(candidate.name)!);
      const more = variantRecipes(best, measured);
      for (const recipe of more) recipes.set(recipe.name, recipe);
      return candidatesOf(more, measured, candidates);
    },
    slow: SLOW,
    measure,
    budget,
    seed,
    onTrial,
  });
  return { result, recipes };
}

/** Tables of fewer rows get the same part of their dense bytes. */
function measuredTables(asked: TablesToMake, { measuredFeatures }: MeasureOptions): TablesToMake {
  if (measuredFeatures === undefined) return asked;
  const { planner, features, bytes } = asked;
  const [all, some] = [features, measuredFeatures].map((each) => new Planner(each, planner));
  const part = Math.floor((bytes * some!.denseBytes) / all!.denseBytes);
  return { planner, features: measuredFeatures, bytes: Math.max(part, some!.smallestBytes) };
}

function reports(tried: readonly Tried[]): CandidateReport[] {
  const chosen = tried[0]!;
  const seeds = chosen.measurements.length;
  const finalists = tried.filter(
    ({ share, measurements }) => share === chosen.share && measurements.length === seeds,
  );
  const seedError = seedErrorOf(finalists.map(lossesOf));
  return tried.map((each) => ({
    name: each.candidate.name,
    single: each.candidate.single,
    bytes: takenBytes(each.candidate.tables),
    share: each.share,
    losses: lossesOf(each),
    ...(each === chosen || each.share !== chosen.share
      ? {}
      : { behind: behind(each, chosen, finalists.includes(each) ? seedError : undefined) }),
  }));
}

function lossesOf({ measurements }: Tried): number[] {
  return measurements.map(({ loss }) => loss);
}

/** @param seedError of those that were measured over the same seeds */
function behind(one: Tried, chosen: Tried, seedError: SeedError | undefined): Difference {
  const seeds = Math.min(one.measurements.length, chosen.measurements.length);
  return pairedDifference(one.measurements.slice(0, seeds), chosen.measurements.slice(0, seeds), seedError);
}

function checkMeasureOptions(measuring: MeasureOptions): void {
  checkOptions(error, 'planByMeasuring, measuring', measuring, {
    measure: 'any',
    budget: 'any',
    seed: 'any',
    measuredFeatures: 'any',
    onTrial: 'any',
  });
  const { budget, seed = 1 } = measuring;
  const { seconds, trials } = Object(budget) as { readonly seconds?: number; readonly trials?: number };
  const amount = seconds ?? trials ?? 0;
  if (!(amount > 0 && amount < Infinity)) {
    const rule = 'must be { seconds } or { trials }, a number above 0';
    throw error('bad-option', { subject: 'planByMeasuring, budget', rule, got: budget });
  }
  if (Number.isSafeInteger(seed) && seed >= 0) return;
  throw error('bad-option', {
    subject: 'planByMeasuring, seed',
    rule: 'must be an integer from 0',
    got: seed,
  });
}

function nothingMeasured(): Error {
  return error('nothing-measured', {
    subject: 'planByMeasuring',
    rule: 'must measure the first candidates before it is stopped',
    got: 'none',
    hint: 'Give it more time, name fewer kinds, or plan without measuring.',
  });
}
