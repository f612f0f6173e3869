import { cost, type OptimizerConfig, type TableConfig, type TableCost } from '@ttrec/embeddings';
import { isTtrecError, within } from '@ttrec/core';
import { CollisionLoss } from './collision-loss.ts';
import { readsOf, sizeOf, type PlanFeature } from './features.ts';
import type { Candidate, OptionGenerator, TableToPlan } from './option-generator.ts';
import { TrainLoss, type TrainPrior } from './train-loss.ts';

/** A candidate with its price. */
export interface TableOption extends Candidate {
  readonly cost: TableCost;
  /** By the generator that made it. */
  readonly kind: string;
  /** Bytes beside its numbers. */
  readonly overhead: number;
  /** Of the option: `cost.bytes` and what it takes beside them. */
  readonly bytes: number;
}

/** Bytes that a table stored in some way takes beside its numbers: its entries in the header of a file, say. */
export type OverheadBytes = (config: TableConfig, name: string) => number;

type PriceOption = (kind: string, candidate: Candidate) => TableOption;

/** A table and the options that are worth choosing from. */
export interface TableOptions {
  readonly table: TableToPlan;
  readonly weight: number;
  /** By rising bytes and falling loss: nothing in it takes more than another and loses as much. */
  readonly options: readonly TableOption[];
  /** Of all rows stored, with what that takes beside them. */
  readonly denseBytes: number;
  /** How many there were before those that cannot win were dropped. */
  readonly enumerated: number;
  /** Prices another option of this table, made by the generator of that kind. */
  readonly price: PriceOption;
}

/** Enumerates and prices the options of one table; only those on the Pareto frontier of bytes and loss are kept. */
export function optionsOf(
  feature: PlanFeature,
  settings: {
    readonly embeddingDim: number;
    readonly generators: readonly OptionGenerator[];
    readonly prior: TrainPrior;
    readonly maxMultiplyAdds: number;
    readonly optimizer: OptimizerConfig;
    readonly overheadBytes: OverheadBytes;
  },
): TableOptions {
  const table = tableToPlan(feature, settings);
  const { overheadBytes } = settings;
  const price: PriceOption = (kind, candidate) => {
    const tableCost = cost(candidate.priceAs ?? candidate.config, table.size);
    const overhead = overheadBytes(candidate.config, table.name);
    return { ...candidate, kind, cost: tableCost, overhead, bytes: tableCost.bytes + overhead };
  };
  const priced = comparable(settings.generators, table.trains.isMeasured)
    .filter((generator) => trains(generator, table, settings.optimizer))
    .flatMap((generator) =>
      Array.from(generator.candidates(table), (candidate) => price(generator.kind, candidate)),
    );
  const allowed = priced.filter((option) => option.cost.multiplyAddsPerLookup <= settings.maxMultiplyAdds);
  return {
    table,
    weight: feature.weight ?? 1,
    options: paretoFrontier(allowed),
    enumerated: priced.length,
    denseBytes: table.denseBytes + overheadBytes({ kind: 'dense' }, table.name),
    price,
  };
}

/** Beside a pilot only kinds whose losses are of rows that there are, if any of these is to be chosen from. */
function comparable(generators: readonly OptionGenerator[], isMeasured: boolean): readonly OptionGenerator[] {
  const measured = generators.filter(({ priorOnly }) => priorOnly !== true);
  return isMeasured && measured.length > 0 ? measured : generators;
}

/** False for a kind that the optimizer cannot train, as row-wise Adagrad cannot train cores. */
function trains(generator: OptionGenerator, table: TableToPlan, optimizer: OptimizerConfig): boolean {
  const [first] = generator.candidates(table);
  try {
    if (first !== undefined) cost(first.priceAs ?? first.config, table.size, optimizer);
    return true;
  } catch (thrown) {
    if (isTtrecError(thrown, 'embeddings/unsupported-optimizer')) return false;
    throw thrown;
  }
}

function tableToPlan(
  feature: PlanFeature,
  { embeddingDim, prior }: { readonly embeddingDim: number; readonly prior: TrainPrior },
): TableToPlan {
  const size = sizeOf(feature, embeddingDim);
  const { name, structure = prior.structure, pilot } = feature;
  try {
    const denseBytes = cost({ kind: 'dense' }, size).bytes;
    const { frequencies, frequencyOrdered } = readsOf(feature);
    const collisions = new CollisionLoss(frequencies);
    const trains = new TrainLoss({ ...prior, structure }, pilot, frequencyOrdered);
    return { name, size, frequencies, frequencyOrdered, denseBytes, collisions, trains };
  } catch (thrown) {
    throw within(`feature "${name}"`, thrown);
  }
}

/** Those than which no other takes as few bytes for as small a loss, by rising bytes. A tie goes to fewer multiply-adds. */
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
