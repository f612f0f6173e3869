import { cost, type OptimizerConfig, type TableCost, type TableKind } from '@ttrec/embeddings';
import { isTtrecError, within } from '@ttrec/core';
import { CollisionLoss } from '../losses/collision-loss.ts';
import { readsOf, sizeOf, type PlanFeature } from '../features.ts';
import type { Candidate, OptionGenerator, TableToPlan } from './option-generator.ts';
import { TTLoss, type LossPrior } from '../losses/tt-loss.ts';

/** A candidate and its price. */
export interface TableOption extends Candidate {
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

type PriceOption = (kind: string, candidate: Candidate) => TableOption;

/** A table and its options. */
export interface TableOptions {
  readonly table: TableToPlan;
  readonly weight: number;
  /** The Pareto frontier: ascending bytes, descending loss. */
  readonly options: readonly TableOption[];
  /** Bytes of the dense table, overhead included. */
  readonly denseBytes: number;
  /** The number of options before dominated ones were dropped. */
  readonly enumerated: number;
  /** Prices another candidate for this table. */
  readonly price: PriceOption;
}

/** Enumerates and prices the options of one table, and keeps the Pareto frontier of bytes and loss. */
export function optionsOf(
  feature: PlanFeature,
  settings: {
    readonly embeddingDim: number;
    readonly generators: readonly OptionGenerator[];
    readonly prior: LossPrior;
    readonly maxMultiplyAdds: number;
    readonly optimizer: OptimizerConfig;
    readonly overheadBytes: OverheadBytes;
  },
): TableOptions {
  const table = tableToPlan(feature, settings);
  const { overheadBytes, generators } = settings;
  const kinds = [...new Set(generators.flatMap(({ tableKinds = [] }) => tableKinds))];
  const price: PriceOption = (kind, candidate) => {
    const tableCost = cost(candidate.costConfig ?? candidate.config, table.size, undefined, kinds);
    const overhead = overheadBytes(table.name, tableCost);
    return { ...candidate, kind, cost: tableCost, overhead, bytes: tableCost.bytes + overhead };
  };
  const priced = comparable(generators, table.ttLoss.isMeasured)
    .filter((generator) => canTrain(generator, table, { optimizer: settings.optimizer, kinds }))
    .flatMap((generator) =>
      Array.from(generator.candidates(table), (candidate) => price(generator.kind, candidate)),
    );
  const allowed = priced.filter((option) => option.cost.multiplyAddsPerLookup <= settings.maxMultiplyAdds);
  return {
    table,
    weight: feature.weight ?? 1,
    options: paretoFrontier(allowed),
    enumerated: priced.length,
    denseBytes: table.denseBytes + overheadBytes(table.name, cost({ kind: 'dense' }, table.size)),
    price,
  };
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
  const [first] = generator.candidates(table);
  try {
    if (first !== undefined) cost(first.costConfig ?? first.config, table.size, optimizer, kinds);
    return true;
  } catch (thrown) {
    if (isTtrecError(thrown, 'embeddings/unsupported-optimizer')) return false;
    throw thrown;
  }
}

function tableToPlan(
  feature: PlanFeature,
  { embeddingDim, prior }: { readonly embeddingDim: number; readonly prior: LossPrior },
): TableToPlan {
  const size = sizeOf(feature, embeddingDim);
  const { name, structure = prior.structure, pilot } = feature;
  try {
    const denseBytes = cost({ kind: 'dense' }, size).bytes;
    const { frequencies, frequencyOrdered } = readsOf(feature);
    const collisions = new CollisionLoss(frequencies);
    const ttLoss = new TTLoss({ ...prior, structure }, pilot, frequencyOrdered);
    return { name, size, frequencies, frequencyOrdered, denseBytes, collisions, ttLoss };
  } catch (thrown) {
    throw within(`feature "${name}"`, thrown);
  }
}

/** The options that no other dominates, by ascending bytes. Ties go to fewer multiply-adds. */
function paretoFrontier(options: readonly TableOption[]): TableOption[] {
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
