import type { OptimizerConfig, TableConfig, TableCost } from '@ttrec/embeddings';
import { didYouMean } from '@ttrec/core';
import { checkArgument, checkList, checkOptions } from '@ttrec/core/options';
import { addedLoss, chooseOptions } from './search/choose.ts';
import type { Choice } from './search/completions.ts';
import { completionsOf, type Completions } from './search/completions.ts';
import { error } from './error.ts';
import { checkFeatures, type PlanFeature } from './features.ts';
import { fillBudget } from './search/fill-budget.ts';
import { givenHypothesis, hypotheses, type Hypothesis } from './losses/hypotheses.ts';
import { chosenGenerators, optionGenerators } from './options/generators.ts';
import { largestWithin } from './options/largest-within.ts';
import { optionsOf, paretoFrontier, type TableOption, type TableOptions } from './options/table-options.ts';
import { isOptionGenerator, type OptionGenerator } from './options/option-generator.ts';
import type { LossPrior } from './losses/tt-loss.ts';

export interface PlannerOptions {
  /** D. */
  readonly embeddingDim: number;
  /** `training` (default), or `serving`, which also allows tables that cannot be trained. */
  readonly purpose?: 'training' | 'serving';
  /**
   * A plan for training leaves out kinds that this optimizer cannot train. `sgd` by default, with which kinds that are trained in
   * integers are left out.
   */
  readonly optimizer?: OptimizerConfig;
  /** Names of the kinds to choose from, all by default. `hot-cold` stands for all names that begin with `hot-cold→`. */
  readonly kinds?: readonly string[] | undefined;
  /** Options that need more multiply-adds for a row are left out. */
  readonly maxMultiplyAddsPerLookup?: number | undefined;
  /** One assumption about tables that are not trained yet, in the place of several; the rest as in `defaultPrior`. */
  readonly prior?: Partial<LossPrior>;
  /** Kinds beside those of this package. */
  readonly generators?: readonly OptionGenerator[] | undefined;
  /**
   * Bytes of a table beside its parameters that count in the budget, such as its entries in the header of a file: an integer
   * that depends on the name and the cost of the table alone. 0 by default.
   */
  readonly overheadBytes?: (name: string, cost: TableCost) => number;
}

/** The option that a plan chose for one table. */
export interface PlannedTable {
  readonly name: string;
  readonly numEmbeddings: number;
  readonly config: TableConfig;
  /** The kind's name, such as `hash→tt`. */
  readonly kind: string;
  /** Bytes of its parameters. */
  readonly bytes: number;
  /** Bytes beside them, by `overheadBytes` of the options. */
  readonly overheadBytes: number;
  readonly denseBytes: number;
  readonly multiplyAddsPerLookup: number;
  /** The expected loss: the share of the table's variance over reads that its form cannot hold. Assumed, not measured. */
  readonly loss: number;
  readonly weight: number;
  /** The reason for the choice, as a sentence. */
  readonly because: string;
}

export interface ModelPlan {
  /** The budget that the plan was made for. */
  readonly budget: number;
  /** Bytes of all tables and `reservedBytes`, at most `budget`. */
  readonly bytes: number;
  readonly reservedBytes: number;
  readonly denseBytes: number;
  readonly tables: readonly PlannedTable[];
  /** The weighted mean of the tables' losses: 0 if all are dense, 1 if nothing is left. Assumed, not measured. */
  readonly expectedLoss: number;
  /** The most by which another combination of the options can have a smaller loss: 0 if the search was complete. */
  readonly gap: number;
  /** What the loss is under each assumption. Their root mean square is what the plan minimises, table by table. */
  readonly outlooks: readonly Outlook[];
}

/** A plan under one assumption about the tables. */
export interface Outlook {
  /** `shared`, `own` or `drift`; `given` for a prior of the caller. */
  readonly name: string;
  /** The assumption, as a phrase. */
  readonly assumes: string;
  readonly expectedLoss: number;
  /** By how much the loss is larger than that of the best plan for this assumption alone. */
  readonly regret: number;
}

/** A point of the frontier. */
export interface FrontierPoint {
  readonly bytes: number;
  readonly expectedLoss: number;
}

/**
 * Enumerates the options of a model's tables once, and plans any number of budgets from them.
 *
 * A plan minimises Σ_t weight_t · loss_t / Σ_t weight_t, where loss_t is the share of the variance of table t, over the ids as
 * they are read, that its form is expected to lose.
 */
export class Planner {
  readonly #tables: readonly TableOptions[];
  readonly #hypotheses: readonly Hypothesis[];
  /** For each table, the factor of its loss in that of the model. */
  readonly #scales: readonly number[];
  readonly #problem: Problem;
  readonly #maxMultiplyAdds: number;
  /** The same under each hypothesis alone, made when first asked for. */
  #alone: readonly Problem[] | undefined;

  /**
   * @throws `planner/bad-options`, `…/unknown-option`, `…/bad-option`, `…/no-features`, `…/duplicate-name`, `…/bad-feature`,
   *   `…/bad-counts`, `…/unknown-kind`, `…/not-trainable`, `…/no-option`; the same errors as `cost` for a bad size
   */
  constructor(features: readonly PlanFeature[], options: PlannerOptions) {
    checkPlannerOptions(options);
    checkFeatures(features);
    const { embeddingDim, purpose = 'training', kinds } = options;
    const all = [...optionGenerators, ...(options.generators ?? [])];
    this.#hypotheses = options.prior === undefined ? hypotheses : [givenHypothesis(options.prior)];
    const settings = {
      embeddingDim,
      generators: chosenGenerators(all, { kinds, serving: purpose === 'serving' }),
      hypotheses: this.#hypotheses,
      optimizer: options.optimizer ?? { rule: 'sgd' },
      maxMultiplyAdds: options.maxMultiplyAddsPerLookup ?? Infinity,
      overheadBytes: options.overheadBytes ?? (() => 0),
    };
    this.#maxMultiplyAdds = settings.maxMultiplyAdds;
    const rows = features.reduce((sum, { numEmbeddings }) => sum + numEmbeddings, 0);
    this.#tables = features.map((feature) => optionsOf(feature, settings, feature.numEmbeddings / rows));
    const empty = this.#tables.find(({ options: list }) => list.length === 0);
    if (empty) throw noOption(empty.table.name, settings.generators);
    const total = this.#tables.reduce((sum, { weight }) => sum + weight, 0);
    this.#scales = this.#tables.map(({ weight }) => (total === 0 ? 0 : weight / total));
    this.#problem = problemOf(
      this.#tables.map(({ options: list }) => list),
      this.#scales,
      ({ loss }) => loss,
    );
  }

  /** The least bytes that the tables can take. */
  get smallestBytes(): number {
    return this.#problem.lists.reduce((sum, [first]) => sum + first!.bytes, 0);
  }

  /** The bytes that dense tables take. */
  get denseBytes(): number {
    return this.#tables.reduce((sum, { denseBytes }) => sum + denseBytes, 0);
  }

  /**
   * The best plan within a budget: the optimum over the options of all tables, whose sizes are about 2 % apart for large tables.
   * The options depend neither on the budget nor on the other kinds: with more bytes or more kinds no plan is expected to lose more.
   * If a search is cut short, which `gap` above 0 tells, by at most `gap`.
   *
   * @param reservedBytes bytes that count in the budget beside the tables: the model's MLPs, the header of its file
   * @throws `planner/bad-budget`; `planner/budget-too-small`, with the smallest budget that can be met
   */
  plan(budget: number, reservedBytes = 0): ModelPlan {
    checkInteger('bytes', budget, 1);
    checkInteger('reservedBytes', reservedBytes, 0);
    const free = budget - reservedBytes;
    if (free < this.smallestBytes) throw tooSmall(budget, this.smallestBytes, reservedBytes);
    const { picks, loss, lowerBound } = solved(this.#problem, free);
    const chosen = this.#filled(
      this.#tables.map(({ options }, t) => options[picks[t]!]!),
      free,
    );
    let outlooks: readonly Outlook[] | undefined;
    const look = () => (outlooks ??= this.#outlooks(chosen, free));
    return {
      budget,
      bytes: reservedBytes + chosen.reduce((sum, { bytes }) => sum + bytes, 0),
      reservedBytes,
      denseBytes: reservedBytes + this.denseBytes,
      tables: chosen.map((option, t) => plannedTable(option, this.#tables[t]!)),
      expectedLoss: loss,
      gap: loss - lowerBound,
      // As many searches as there are assumptions, of which most callers ask nothing.
      get outlooks() {
        return look();
      },
    };
  }

  /**
   * The best way to store one table in at most `bytes`, in the largest size that fits.
   *
   * @throws `planner/bad-budget`, `planner/budget-too-small`, `planner/unknown-table`
   */
  planTable(name: string, bytes: number): PlannedTable {
    checkInteger('bytes', bytes, 1);
    const t = this.#tables.findIndex(({ table }) => table.name === name);
    if (t < 0) throw unknownTable(name, this.#tables);
    const table = this.#tables[t]!;
    const smallest = table.options[0]!.bytes;
    if (bytes < smallest) throw tooSmall(bytes, smallest, 0);
    return plannedTable(largestWithin(table, bytes), table);
  }

  /**
   * Bytes against expected loss, from the smallest plan to the dense one: ascending bytes, descending loss. Each point is an
   * optimum over the options; `plan` at its bytes is as good or better.
   */
  frontier(): FrontierPoint[] {
    return this.#problem.completions.breakpoints.map(({ bytes, loss }) => ({ bytes, expectedLoss: loss }));
  }

  /**
   * Larger sizes of the chosen options for the bytes that are left, tables of the most bytes first. What that gains is not counted: the
   * losses stay those of the options, so that more bytes never give larger ones.
   */
  #filled(chosen: readonly TableOption[], free: number): TableOption[] {
    const filled = [...chosen];
    let left = chosen.reduce((rest, { bytes }) => rest - bytes, free);
    for (const t of [...chosen.keys()].sort((a, b) => chosen[b]!.bytes - chosen[a]!.bytes)) {
      const option = chosen[t]!;
      const candidate = option.grow?.(option.cost.bytes + left);
      const larger = candidate && this.#tables[t]!.price(option.kind, candidate);
      if (larger === undefined || larger.bytes > option.bytes + left || larger.loss > option.loss) continue;
      if (larger.cost.multiplyAddsPerLookup > this.#maxMultiplyAdds) continue;
      left -= larger.bytes - option.bytes;
      filled[t] = { ...larger, loss: option.loss, losses: option.losses };
    }
    return filled;
  }

  #outlooks(chosen: readonly TableOption[], free: number): Outlook[] {
    this.#alone ??= this.#hypotheses.map((_, h) =>
      problemOf(
        this.#tables.map(({ options, ofKinds }) => frontierOf([...options, ...ofKinds], h)),
        this.#scales,
        lossUnder(h),
      ),
    );
    return this.#hypotheses.map(({ name, assumes }, h) => {
      const expectedLoss = chosen.reduce(
        (sum, option, t) => sum + addedLoss(this.#scales[t]!, lossUnder(h)(option)),
        0,
      );
      return {
        name,
        assumes,
        expectedLoss,
        regret: Math.max(0, expectedLoss - solved(this.#alone![h]!, free).loss),
      };
    });
  }
}

/** The choices of all tables, and their relaxation. */
interface Problem {
  readonly lists: readonly (readonly Choice[])[];
  readonly completions: Completions;
}

function problemOf(
  options: readonly (readonly TableOption[])[],
  scales: readonly number[],
  lossOf: (option: TableOption) => number,
): Problem {
  const lists = options.map((list, t) =>
    list.map((option) => ({ bytes: option.bytes, loss: addedLoss(scales[t]!, lossOf(option)) })),
  );
  return { lists, completions: completionsOf(lists)[0]! };
}

/** The optimum, for a budget in which the smallest choices fit. */
function solved({ lists, completions }: Problem, budget: number) {
  // A good combination at the start leaves little to search for.
  const filled = fillBudget(lists, completions, budget)!;
  const found = chooseOptions(lists, budget, filled.loss)!;
  return found.loss < filled.loss ? found : { ...filled, lowerBound: found.lowerBound };
}

function lossUnder(hypothesis: number): (option: TableOption) => number {
  return ({ losses, loss }) => losses[hypothesis] ?? losses[0] ?? loss;
}

/** The options that no other dominates under one hypothesis. */
function frontierOf(options: readonly TableOption[], hypothesis: number): TableOption[] {
  const lossOf = lossUnder(hypothesis);
  return paretoFrontier(options.map((option) => ({ ...option, loss: lossOf(option) })));
}

/** Plans one budget. Use a `Planner` for several budgets or the frontier. Throws the same errors as `Planner`. */
export function plan(
  features: readonly PlanFeature[],
  options: PlannerOptions & { readonly bytes: number; readonly reservedBytes?: number },
): ModelPlan {
  checkArgument(error, 'plan, options', options, 'an object of options', 'bytes');
  const { bytes, reservedBytes, ...rest } = options;
  return new Planner(features, rest).plan(bytes, reservedBytes);
}

function plannedTable(
  option: TableOption,
  { table, weight, options, enumerated }: TableOptions,
): PlannedTable {
  const { name, size, denseBytes } = table;
  return {
    name,
    numEmbeddings: size.numEmbeddings,
    config: option.config,
    kind: option.kind,
    bytes: option.cost.bytes,
    overheadBytes: option.overhead,
    denseBytes,
    multiplyAddsPerLookup: option.cost.multiplyAddsPerLookup,
    loss: option.loss,
    weight,
    because: `${option.explain()}; ${options.length} of ${enumerated} options were worth choosing from`,
  };
}

/** Fields of a prior that are shares. */
const SHARES = ['structure', 'drift'];

function checkPlannerOptions(options: PlannerOptions): void {
  checkOptions(error, 'Planner', options, {
    embeddingDim: 'any',
    purpose: ['training', 'serving'],
    optimizer: 'any',
    kinds: 'any',
    maxMultiplyAddsPerLookup: 'any',
    prior: 'any',
    generators: 'any',
    overheadBytes: 'any',
  });
  const { kinds, generators = [], overheadBytes = () => 0, prior = {} } = options;
  const { maxMultiplyAddsPerLookup: most = Infinity } = options;
  checkOptions(error, 'Planner, prior', prior, {
    structure: 'any',
    rankScale: 'any',
    ownNumbers: 'any',
    mixedNumbers: 'any',
    columnScale: 'any',
    drift: 'any',
  });
  for (const [name, value] of Object.entries<number | undefined>(prior)) {
    const isNumber = typeof value === 'number';
    if (
      value === undefined ||
      (isNumber && value >= 0 && value < Infinity && (!SHARES.includes(name) || value <= 1))
    )
      continue;
    const rule = SHARES.includes(name)
      ? 'must be a share from 0 to 1'
      : 'must be a finite number of at least 0';
    throw error('bad-option', { subject: `Planner, prior, ${name}`, rule, got: value });
  }
  if (kinds !== undefined && !(Array.isArray(kinds) && kinds.length > 0)) {
    throw error('bad-option', { subject: 'Planner, kinds', rule: 'must be a list of names', got: kinds });
  }
  checkList(error, 'bad-option', 'Planner, generators', generators);
  for (const [g, generator] of generators.entries()) {
    if (isOptionGenerator(generator)) continue;
    const rule = 'must be an OptionGenerator';
    throw error('bad-option', { subject: `Planner, generators[${g}]`, rule, got: generator });
  }
  if (typeof overheadBytes !== 'function') {
    const rule = 'must be a function of the name and the cost of a table';
    throw error('bad-option', { subject: 'Planner, overheadBytes', rule, got: overheadBytes });
  }
  if (!(typeof most === 'number' && most >= 0)) {
    const rule = 'must be a number of at least 0';
    throw error('bad-option', { subject: 'Planner, maxMultiplyAddsPerLookup', rule, got: most });
  }
}

function checkInteger(subject: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw error('bad-budget', { subject, rule: `must be an integer from ${least}`, got: value });
}

function tooSmall(budget: number, smallest: number, reserved: number): Error {
  const split = reserved === 0 ? '' : `: ${smallest} for the smallest tables, ${reserved} reserved`;
  return error('budget-too-small', {
    subject: 'bytes',
    rule: `must be at least ${smallest + reserved}${split}`,
    got: budget,
  });
}

function unknownTable(name: string, tables: readonly TableOptions[]): Error {
  const known = tables.map(({ table }) => table.name);
  const rule = `must be one of ${known.join(', ')}`;
  return error('unknown-table', { subject: 'table', rule, got: name, hint: didYouMean(name, known) });
}

function noOption(name: string, generators: readonly OptionGenerator[]): Error {
  return error('no-option', {
    subject: `feature "${name}"`,
    rule: 'must have an option among the kinds and multiply-adds allowed',
    got: `none of ${generators.map(({ kind }) => kind).join(', ')}`,
    hint: 'Allow "dense" or "hash", which fit any table.',
  });
}
