import { cost, type OptimizerConfig, type TableCost } from '@ttrec/embeddings';
import type { TableKind } from '@ttrec/embeddings/kind';
import { isTtrecError, within } from '@ttrec/core';
import { CollisionLoss } from '../losses/collision-loss.ts';
import { readsOf, sizeOf, type PlanFeature } from '../features.ts';
import type { Hypothesis } from '../losses/hypotheses.ts';
import { TTLoss } from '../losses/tt-loss.ts';
import type { OptionGenerator, TableToPlan } from './option-generator.ts';
import { sizesBetween } from './sizes-between.ts';
import { weighedCandidates, type WeighedCandidate } from './weighed-candidate.ts';

/** A candidate and its price. */
export interface TableOption extends WeighedCandidate {
  readonly cost: TableCost;
  /** The name of its generator. */
  readonly kind: string;
  /** Bytes beside its parameters. */
  readonly overhead: number;
  /** `cost.bytes` and `overhead`. */
  readonly bytes: number;
}

/** Bytes of a table beside its parameters, such as its entries in the header of a file. */
export type OverheadBytes = (name: string, cost: TableCost) => number;

type PriceOption = (kind: string, candidate: WeighedCandidate) => TableOption;

/** A table and its options. */
export interface TableOptions {
  readonly table: TableToPlan;
  readonly weight: number;
  /** The Pareto frontier: ascending bytes, descending loss. */
  readonly options: readonly TableOption[];
  /** The Pareto frontiers of the kinds, without the sizes between their options. */
  readonly ofKinds: readonly TableOption[];
  /** Bytes of the dense table, overhead included. */
  readonly denseBytes: number;
  /** The number of options before dominated ones were dropped. */
  readonly enumerated: number;
  /** Prices another candidate for this table. */
  readonly price: PriceOption;
}

/** What all tables of a plan have in common. */
interface OptionSettings {
  readonly embeddingDim: number;
  readonly generators: readonly OptionGenerator[];
  readonly hypotheses: readonly Hypothesis[];
  readonly maxMultiplyAdds: number;
  readonly optimizer: OptimizerConfig;
  readonly overheadBytes: OverheadBytes;
}

/**
 * Enumerates and prices the options of one table, and keeps the Pareto frontier of bytes and loss. The options of a kind do not
 * depend on the other kinds: with more kinds there are more options, and the best of them is as good or better.
 *
 * @param part the share of the table in the bytes of the dense model
 */
export function optionsOf(feature: PlanFeature, settings: OptionSettings, part: number): TableOptions {
  const { overheadBytes, generators, optimizer, maxMultiplyAdds } = settings;
  const tables = tablesToPlan(feature, settings);
  const table = tables[0]!;
  const kinds = [...new Set(generators.flatMap(({ tableKinds = [] }) => tableKinds))];
  const price: PriceOption = (kind, candidate) => {
    const tableCost = cost(candidate.costConfig ?? candidate.config, table.size, undefined, kinds);
    const overhead = overheadBytes(table.name, tableCost);
    return { ...candidate, kind, cost: tableCost, overhead, bytes: tableCost.bytes + overhead };
  };
  let enumerated = 0;
  const byKind = comparable(generators, table.ttLoss.isMeasured)
    .filter((generator) => canTrain(generator, table, { optimizer, kinds }))
    .map((generator) => {
      const priced = weighedCandidates(generator, tables).map((each) => price(generator.kind, each));
      enumerated += priced.length;
      return paretoFrontier(
        priced.filter(({ cost: { multiplyAddsPerLookup: adds } }) => adds <= maxMultiplyAdds),
      );
    });
  const base = paretoFrontier(byKind.flat());
  const grown = byKind.flatMap((options) => grownOptions(options, { base, price, part }));
  const allowed = grown.filter((option) => option.cost.multiplyAddsPerLookup <= maxMultiplyAdds);
  return {
    table,
    weight: feature.weight ?? 1,
    options: paretoFrontier([...base, ...allowed]),
    ofKinds: byKind.flat(),
    enumerated: enumerated + allowed.length,
    denseBytes: table.denseBytes + overheadBytes(table.name, cost({ kind: 'dense' }, table.size)),
    price,
  };
}

/**
 * Larger sizes of the options of one kind, in fixed steps of bytes. Of those between two neighbours none has a smaller loss than
 * the second. Where another kind has that loss in no more bytes than the first, all are dominated and none is computed.
 */
function grownOptions(
  options: readonly TableOption[],
  from: { readonly base: readonly TableOption[]; readonly price: PriceOption; readonly part: number },
): TableOption[] {
  const { base, price, part } = from;
  return options.slice(0, -1).flatMap((option, i) => {
    const next = options[i + 1]!;
    const rival = base.findLast(({ bytes }) => bytes <= option.bytes);
    if (option.grow === undefined || (rival !== undefined && rival.loss <= next.loss)) return [];
    const grown: TableOption[] = [];
    for (const bytes of sizesBetween(option.bytes, next.bytes, part)) {
      const candidate = option.grow(bytes - option.overhead);
      const larger = candidate && price(option.kind, candidate);
      if (larger === undefined || larger.bytes > bytes || larger.bytes <= option.bytes) continue;
      if (larger.loss < (grown.at(-1) ?? option).loss && larger.loss >= next.loss) grown.push(larger);
    }
    return grown;
  });
}

/** With a pilot: only kinds whose loss can be measured, if there are any. */
function comparable(generators: readonly OptionGenerator[], isMeasured: boolean): readonly OptionGenerator[] {
  const measured = generators.filter(({ priorOnly }) => priorOnly !== true);
  return isMeasured && measured.length > 0 ? measured : generators;
}

/** Whether the optimizer can train a kind. Row-wise Adagrad cannot train TT-cores. */
function canTrain(
  generator: OptionGenerator,
  table: TableToPlan,
  { optimizer, kinds }: { readonly optimizer: OptimizerConfig; readonly kinds: readonly TableKind[] },
): boolean {
  if (generator.trainsIntegers === true && optimizer.rule === 'sgd') return false;
  const [first] = generator.candidates(table);
  try {
    if (first !== undefined) cost(first.costConfig ?? first.config, table.size, optimizer, kinds);
    return true;
  } catch (thrown) {
    if (isTtrecError(thrown, 'embeddings/unsupported-optimizer')) return false;
    throw thrown;
  }
}

/** The table under each hypothesis; under one alone if its loss was measured. */
function tablesToPlan(feature: PlanFeature, settings: OptionSettings): TableToPlan[] {
  const { name, structure, pilot } = feature;
  const size = sizeOf(feature, settings.embeddingDim);
  try {
    const denseBytes = cost({ kind: 'dense' }, size).bytes;
    const { frequencies, frequencyOrdered } = readsOf(feature);
    const isMeasured = pilot !== undefined && pilot.length > 0;
    const assumed = isMeasured ? settings.hypotheses.slice(0, 1) : settings.hypotheses;
    const shared = {
      name,
      size,
      denseBytes,
      frequencies,
      frequencyOrdered,
      collisions: CollisionLoss.of(frequencies),
    };
    return assumed.map(({ prior }) => {
      const own = structure === undefined ? prior : { ...prior, structure };
      return { ...shared, ttLoss: new TTLoss(own, pilot, frequencyOrdered) };
    });
  } catch (thrown) {
    throw within(`feature "${name}"`, thrown);
  }
}

/** The options that no other dominates, by ascending bytes. Ties go to fewer multiply-adds. */
export function paretoFrontier(options: readonly TableOption[]): TableOption[] {
  const sorted = [...options].sort(
    (a, b) =>
      a.bytes - b.bytes || a.loss - b.loss || a.cost.multiplyAddsPerLookup - b.cost.multiplyAddsPerLookup,
  );
  let least = Infinity;
  return sorted.filter(({ loss }) => {
    if (loss >= least) return false;
    least = loss;
    return true;
  });
}
