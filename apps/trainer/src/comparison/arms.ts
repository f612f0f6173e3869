import { didYouMean } from '@ttrec/core';
import type { DatasetSchema } from '@ttrec/data';
import { cost, type TableConfig, type TableSpec } from '@ttrec/embeddings';
import { fitToBytes, integerForms, Planner, sizedForms, type PlanFeature } from '@ttrec/planner';
import { ttShape } from '@ttrec/tensor-train';
import { maximalRanks } from '@ttrec/tensor-train/shapes';
import type { Setting } from '@ttrec/training/compare';
import { usageError } from '../error.ts';
import { plannedTables } from '../plan/plan-model.ts';

/** The model that arms store. */
export interface ArmModel {
  /** What is known of its tables; with counts, `planned` uses them. */
  readonly features: readonly PlanFeature[];
  readonly embeddingDim: number;
  readonly optimizer: ConstructorParameters<typeof Planner>[1]['optimizer'];
  /** The tables that trials on validation rows choose. */
  measured(bytes: number): Promise<readonly TableSpec[]>;
}

/** A way to store the tables of a model that a comparison trains. */
export interface Arm {
  readonly name: string;
  readonly meaning: string;
  /** Whether its tables have one size, whatever the budget. */
  readonly hasOwnSize: boolean;
  /** @throws `planner/budget-too-small` if it cannot be made as small */
  tables(
    model: ArmModel,
    bytes: number,
    setting: Setting,
  ): readonly TableSpec[] | Promise<readonly TableSpec[]>;
}

const meanings: Readonly<Record<string, string>> = {
  dense: 'a row for every id',
  vocabulary: 'a row for each of the most frequent ids, one row for all others',
  hash: 'ids share the rows of buckets',
  'signed-hash': 'two buckets an id, with signs',
  product: 'a row for the quotient of an id times one for its remainder',
  'low-rank':
    'a few numbers an id and a shared projection; below one number an id, for the most frequent ids only',
  tt: 'a tensor train of three cores',
  'tt-permuted':
    'the arm tt, with the ids of each table in a random order: what the order of frequency is worth',
  'tt-similar': 'the same, with ids in a random order only among those of similar frequency',
  'hash-tt': 'buckets, half as many as ids, in a tensor train',
  'hot-hash': 'rows for frequent ids, buckets for the others, half of the bytes each',
  'importance-tt':
    'rows for the ids with the largest gradients, and a tensor train for all ids, half of the bytes each',
  'importance-hash': 'the same with buckets in place of the tensor train',
  'hash-int8': 'buckets of numbers in 8 bits, trained as integers',
  'product-int8': 'the arm product with numbers in 8 bits',
  'tt-int8': 'a tensor train with cores in 8 bits',
  'low-rank-int8': 'the arm low-rank with the numbers of ids in 8 bits',
  'low-rank-int4': 'the same in 4 bits',
  'limited-int8': 'four numbers an id in 8 bits, for as many of the most frequent ids as fit',
  'limited-int4': 'the same in 4 bits',
  bands: 'rows of fewer bits the rarer the ids, down to two, and one row for all that are rarer still',
  sum: 'a tensor train plus a few numbers an id in 4 bits, half of the bytes each',
  'sum-product': 'the arm product-int8 plus a few numbers an id in 4 bits, half of the bytes each',
  'hot-tt': 'rows for frequent ids, a tensor train for the others, half of the bytes each',
};

const dense: Arm = {
  name: 'dense',
  meaning: meanings['dense']!,
  hasOwnSize: true,
  tables: ({ features }) => everyTable(features, () => ({ kind: 'dense' })),
};

const denseInIntegers: Arm = {
  name: 'dense-int8',
  meaning: 'a row for every id, trained in 8 bits a number',
  hasOwnSize: true,
  tables: ({ features }) => everyTable(features, () => ({ kind: 'integers' })),
};

const fittedArms: readonly Arm[] = [...sizedForms, ...integerForms]
  .filter(({ name }) => name !== 'dense')
  .map(({ name }) => ({
    name,
    meaning: meanings[name] ?? `the form "${name}" of @ttrec/planner`,
    hasOwnSize: false,
    tables: ({ features, embeddingDim }, bytes, { split }) =>
      fitted(name, features, { embeddingDim, bytes, split }),
  }));

const planned: Arm = {
  name: 'planned',
  meaning: 'each table as the planner chooses',
  hasOwnSize: false,
  tables: ({ features, embeddingDim, optimizer }, bytes) =>
    plannedTables(new Planner(features, { embeddingDim, ...(optimizer ? { optimizer } : {}) }).plan(bytes)),
};

/** Chosen by trials, which take time: only an arm if it is asked for. */
export const measuredArm: Arm = {
  name: 'measured',
  meaning: 'as trials on validation rows choose, for a time (--measure)',
  hasOwnSize: false,
  tables: (model, bytes) => model.measured(bytes),
};

/** Arms that show whether a comparison compares what it says. */
const controls: readonly Arm[] = [
  {
    name: 'hash-full',
    meaning: 'control: as many buckets as ids, without collisions; must equal dense',
    hasOwnSize: true,
    tables: ({ features }) =>
      everyTable(features, ({ numEmbeddings }) => ({
        kind: 'hash',
        buckets: numEmbeddings,
        function: 'modulo',
        into: { kind: 'dense' },
      })),
  },
  {
    name: 'tt-full',
    meaning: 'control: tensor trains at full rank, which can hold any table',
    hasOwnSize: true,
    tables: ({ features, embeddingDim }) =>
      everyTable(features, ({ numEmbeddings }) => fullRank(numEmbeddings, embeddingDim)),
  },
];

export const arms: readonly Arm[] = [
  dense,
  denseInIntegers,
  ...fittedArms,
  planned,
  measuredArm,
  ...controls,
];

/** The arms of a comparison that names none. */
export const defaultArms: readonly string[] = [dense, ...fittedArms, planned].map(({ name }) => name);

/** @throws `trainer/unknown-arm` */
export function armsNamed(names: readonly string[]): Arm[] {
  const known = arms.map(({ name }) => name);
  return [...new Set(names)].map((name) => {
    const found = arms.find((arm) => arm.name === name);
    if (found) return found;
    const rule = `must be among ${known.join(', ')}`;
    throw usageError('unknown-arm', { subject: '--arms', rule, got: name, hint: didYouMean(name, known) });
  });
}

/** Bytes of the dense tables of a dataset. */
export function denseBytesOf({ features }: DatasetSchema, embeddingDim: number): number {
  const sizes = new Map(features.map(({ table, numEmbeddings }) => [table, numEmbeddings]));
  const tables = [...sizes].map(([name, numEmbeddings]) => ({
    name,
    numEmbeddings,
    config: { kind: 'dense' } as const,
  }));
  return tableBytes(tables, embeddingDim);
}

/** Bytes of weights of tables, as a file holds them. */
export function tableBytes(tables: readonly TableSpec[], embeddingDim: number): number {
  return tables.reduce(
    (sum, { config, numEmbeddings, kinds }) =>
      sum + cost(config, { numEmbeddings, embeddingDim }, undefined, kinds).bytes,
    0,
  );
}

function fitted(...args: Parameters<typeof fitToBytes>): TableSpec[] {
  return fitToBytes(...args).map(({ name, numEmbeddings, config }) => ({ name, numEmbeddings, config }));
}

function everyTable(
  features: readonly PlanFeature[],
  configOf: (feature: PlanFeature) => TableConfig,
): TableSpec[] {
  return features.map((feature) => {
    const { name, numEmbeddings } = feature;
    return { name, numEmbeddings, config: configOf(feature) };
  });
}

function fullRank(numRows: number, numCols: number): TableConfig {
  const { rowShape, colShape } = ttShape({ numRows, numCols, ranks: 1 });
  return { kind: 'tt', ranks: maximalRanks(rowShape, colShape).slice(1, -1) };
}
