import { makeAll, type Backend, type Block, type Pooling } from '@ttrec/backend';
import {
  checkChoice,
  checkList,
  checkObject,
  checkOptions,
  type OptionRules,
  RandomStream,
} from '@ttrec/core';
import { error } from './error.ts';
import { kindsWith } from './kinds.ts';
import { checkBags, checkWeights, poolings, type Bags } from './lookup/bags.ts';
import { checkBlock, type BlockRule } from './lookup/check-block.ts';
import { CheckedBags } from './lookup/checked-bags.ts';
import { checkLearningRate, type OptimizerConfig } from './optimizer.ts';
import { priceTables, tableDemands, tableOptions, type PricedTable, type TableSpec } from './price-tables.ts';
import { TableRows } from './rows/table-rows.ts';
import { loadState, type LoadStateOptions, type StateOwner } from './state/load-state.ts';
import { joinedState, stateTensors } from './state/state-owner.ts';
import type { StateReader, StateTensor } from './state/state-tensor.ts';
import { applyGradients } from './table/apply-gradients.ts';
import type { SparseGradient, TableParameter } from './table/embedding-table.ts';
import { PooledTable } from './table/pooled-table.ts';
import { requireRoom } from './table/require-room.ts';
import type { TableCost } from './table/table-kind.ts';
import { maintenanceOf, type CacheStatistics, type TableMaintenance } from './table/table-maintenance.ts';

/** A feature and the table it reads; two features may read one table. */
export interface FeatureSpec {
  readonly name: string;
  readonly table: string;
  /** `sum` by default; features of one table pool alike. */
  readonly pooling?: Pooling;
}

export interface EmbeddingBagCollectionOptions {
  readonly backend: Backend;
  readonly embeddingDim: number;
  readonly tables: readonly TableSpec[];
  /** F features, in the order in which batches hold them. */
  readonly features: readonly FeatureSpec[];
  readonly optimizer?: OptimizerConfig;
  readonly seed?: number;
}

const collectionOptions: OptionRules<EmbeddingBagCollectionOptions> = {
  backend: 'any',
  embeddingDim: 'any',
  tables: 'any',
  features: 'any',
  optimizer: 'any',
  seed: 'any',
};

const featureOptions: OptionRules<FeatureSpec> = {
  name: { required: 'string' },
  table: { required: 'string' },
  pooling: poolings,
};

interface Member {
  readonly spec: TableSpec;
  readonly cost: TableCost;
  readonly pooled: PooledTable;
  readonly rows: TableRows;
  readonly maintenance: TableMaintenance;
  /** Positions of the table's features among all. */
  readonly features: readonly number[];
}

/** The embedding tables of a model: named features in, one [B, F·D] matrix out. */
export class EmbeddingBagCollection {
  readonly embeddingDim: number;
  readonly features: readonly FeatureSpec[];
  readonly backend: Backend;
  readonly #optimizer: OptimizerConfig;
  readonly #members: readonly Member[];

  /** @throws `embeddings/bad-collection`, `embeddings/too-large`, and what `cost` throws, before anything is allocated */
  constructor(options: EmbeddingBagCollectionOptions) {
    checkOptions(error, 'EmbeddingBagCollection', options, collectionOptions);
    const { backend, embeddingDim, tables, features, optimizer = { rule: 'sgd' }, seed = 0 } = options;
    checkCollection(tables, features);
    this.embeddingDim = embeddingDim;
    this.features = features;
    this.backend = backend;
    this.#optimizer = optimizer;
    const priced = priceTables(tables, embeddingDim, optimizer);
    requireRoom(backend, tableDemands(priced));
    this.#members = makeAll(priced, (table) => this.#member(table, seed), disposeMember);
    this.#checkStateNames();
  }

  /** A table "a" that contains another has tensors like `a.into.weight`, and so has a table "a.into". */
  #checkStateNames(): void {
    const names = new Set<string>();
    for (const { name } of this.stateOwner.entries) {
      if (names.has(name)) {
        this.#members.forEach(disposeMember);
        const rule = 'must differ, with the names of their tensors behind a dot';
        throw error('bad-collection', { subject: 'table names', rule, got: `two tensors "${name}"` });
      }
      names.add(name);
    }
  }

  /** Each table's price, in the order given. */
  get costs(): readonly PricedTable[] {
    return this.#members.map(({ spec, cost }) => ({ table: spec, cost }));
  }

  /** Every table's parameters. */
  get parameters(): readonly { readonly table: string; readonly parameter: TableParameter }[] {
    return this.#members.flatMap(({ spec, pooled }) =>
      pooled.table.parameters.map((parameter) => ({ table: spec.name, parameter })),
    );
  }

  /** The state of every table, its tensors named `TABLE.NAME`; see `EmbeddingBag.state`. */
  state(): StateTensor[] {
    return stateTensors(this.stateOwner);
  }

  /** Overwrites every table with saved tensors. Throws the same errors as `EmbeddingBag.loadState`. */
  loadState(reader: StateReader, options?: LoadStateOptions): Promise<void> {
    return loadState(this.stateOwner, reader, options);
  }

  /** For a model around the collection, whose state holds that of the tables. */
  get stateOwner(): StateOwner {
    return joinedState(this.#members.map(({ spec, pooled }) => [`${spec.name}.`, pooled.state]));
  }

  /**
   * The rows of one table, to read, and to overwrite by `fit`.
   *
   * @throws `embeddings/unknown-table`
   */
  table(name: string): TableRows {
    const known = this.#members.map(({ spec }) => spec.name);
    checkChoice(error, 'unknown-table', 'table', name, known);
    return this.#members[known.indexOf(name)]!.rows;
  }

  /**
   * Checks the bags of a batch as `forward` does, and changes nothing: for a model that has other parts of the batch to check,
   * or to compute, before.
   *
   * @param bags one entry a feature, in the order of `features`
   * @param options.training as for `forward`
   * @throws what `checkBags` throws, and in training `embeddings/inference-only`
   */
  check(bags: readonly Bags[], size: number, options: { readonly training?: boolean } = {}): CheckedBags {
    checkOptions(error, 'check', options, { training: 'boolean' });
    this.#check(bags, size);
    const training = options.training ?? this.#members.every(({ pooled }) => !pooled.table.inferenceOnly);
    if (training) for (const { pooled } of this.#members) pooled.requireTrainable();
    return new CheckedBags(bags, size, training);
  }

  /**
   * Pools every feature into `out` [B, …]: feature f takes the D columns from `firstColumn + f·D`.
   *
   * @param bags one entry a feature, in the order of `features`; or what `check` returned
   * @param options.training prepares for `backward`; true unless a table is of a kind that only infers
   * @throws what `check` throws, `embeddings/output-shape`, and in training `embeddings/refresh-pending`; nothing was enqueued
   *   then
   */
  forward(
    bags: readonly Bags[] | CheckedBags,
    out: Block,
    options: { readonly firstColumn?: number; readonly training?: boolean } = {},
  ): void {
    checkOptions(error, 'forward', options, { firstColumn: 'any', training: 'boolean' });
    checkObject(error, 'output-shape', 'collection forward, out', out);
    const { firstColumn = 0, ...rest } = options;
    const checked = bags instanceof CheckedBags ? bags : this.check(bags, out.rows, rest);
    this.#checkBlock(out, {
      code: 'output-shape',
      subject: 'collection forward, out',
      rows: checked.size,
      firstColumn,
    });
    if (checked.training) for (const { maintenance } of this.#members) maintenance.requireSettled();
    for (const { pooled, features } of this.#members) {
      const columns = this.#columns(features, firstColumn);
      const own = features.map((f) => checked.bags[f]!);
      pooled.forward(own, { block: out, columns }, checked.training);
    }
  }

  /**
   * Trains the rows of the last forward; `gradOut` is laid out as `out` was.
   *
   * @throws `embeddings/backward-without-forward`, `embeddings/bad-learning-rate`
   */
  backward(gradOut: Block, options: { readonly firstColumn?: number; readonly learningRate: number }): void {
    checkOptions(error, 'backward', options, { firstColumn: 'any', learningRate: 'any' });
    checkLearningRate(options.learningRate);
    this.#checkGradient(gradOut, options.firstColumn ?? 0);
    for (const { pooled, features } of this.#members) {
      const gradients = this.#gradientsOf(pooled, features, gradOut, options.firstColumn ?? 0);
      applyGradients(this.backend, gradients, this.#optimizer, options.learningRate);
    }
    for (const { maintenance } of this.#members) maintenance.afterStep();
  }

  /** Whether nothing that steps began has to be awaited before the next one. */
  get isSettled(): boolean {
    return this.#members.every(({ maintenance }) => maintenance.isSettled);
  }

  /** Resolves when what a step began beside its updates has ended: the refreshes of caches. */
  async settled(): Promise<void> {
    await Promise.all(this.#members.map(({ maintenance }) => maintenance.settled()));
  }

  /** What each table's cache did since it was last asked; tables that looked up nothing by way of a cache are left out. */
  takeCacheStatistics(): { readonly table: string; readonly statistics: CacheStatistics }[] {
    return this.#members
      .map(({ spec, maintenance }) => ({ table: spec.name, statistics: maintenance.takeStatistics() }))
      .filter(({ statistics }) => statistics.lookups > 0);
  }

  /** The gradients that `backward` would apply, a list a table. Valid until the next forward. */
  gradients(gradOut: Block, options: { readonly firstColumn?: number } = {}): SparseGradient[][] {
    checkOptions(error, 'gradients', options, { firstColumn: 'any' });
    this.#checkGradient(gradOut, options.firstColumn ?? 0);
    return this.#members.map(({ pooled, features }) =>
      this.#gradientsOf(pooled, features, gradOut, options.firstColumn ?? 0),
    );
  }

  dispose(): void {
    for (const member of this.#members) disposeMember(member);
  }

  /** Here, for all tables: a block refused by the last of them would find the others trained. */
  #checkGradient(gradOut: Block, firstColumn: number): void {
    for (const { pooled } of this.#members) pooled.requireForward();
    const { rows } = this.#members[0]!.pooled;
    this.#checkBlock(gradOut, {
      code: 'gradient-shape',
      subject: 'collection backward, gradOut',
      rows,
      firstColumn,
    });
  }

  #checkBlock(block: Block, rule: Omit<BlockRule, 'backend' | 'cols'>): void {
    const cols = this.features.length * this.embeddingDim;
    checkBlock(block, { ...rule, backend: this.backend, cols });
  }

  #member({ table: spec, cost }: PricedTable, seed: number): Member {
    const { name, numEmbeddings, config } = spec;
    const features = this.features.flatMap((feature, f) => (feature.table === name ? [f] : []));
    const table = kindsWith(spec.kinds).create(config, {
      backend: this.backend,
      name,
      numEmbeddings,
      embeddingDim: this.embeddingDim,
      optimizer: this.#optimizer,
      stream: new RandomStream(seed, `table/${name}`),
    });
    const pooling = poolingOf(this.features[features[0]!]!);
    const backend = this.backend;
    const pooled = new PooledTable({ backend, name, table, pooling });
    const rows = new TableRows({ backend, name, pooled });
    return { spec, cost, pooled, rows, maintenance: maintenanceOf([table]), features };
  }

  #columns(features: readonly number[], firstColumn: number): number[] {
    return features.map((f) => firstColumn + f * this.embeddingDim);
  }

  #gradientsOf(
    pooled: PooledTable,
    features: readonly number[],
    gradOut: Block,
    firstColumn: number,
  ): SparseGradient[] {
    return pooled.gradients({ block: gradOut, columns: this.#columns(features, firstColumn) });
  }

  #check(bags: readonly Bags[], batchSize: number): void {
    const list: unknown = bags;
    if (!Array.isArray(list) || list.length !== this.features.length) {
      throw error('feature-count', {
        subject: 'batch',
        rule: `must hold bags for each of the ${this.features.length} features`,
        got: Array.isArray(list) ? list.length : list,
      });
    }
    for (const { spec, features } of this.#members) {
      for (const f of features) {
        const feature = this.features[f]!;
        checkBags(feature.name, bags[f]!, batchSize, spec.numEmbeddings);
        checkWeights(feature.name, bags[f]!, poolingOf(feature));
      }
    }
  }
}

function disposeMember({ pooled, rows }: Member): void {
  rows.dispose();
  pooled.dispose();
}

function poolingOf({ pooling }: FeatureSpec): Pooling {
  return pooling ?? 'sum';
}

function checkCollection(tables: readonly TableSpec[], features: readonly FeatureSpec[]): void {
  const bad = (subject: string, rule: string, got: unknown) =>
    error('bad-collection', { subject, rule, got });
  for (const [subject, list] of Object.entries({ tables, features }))
    checkList(error, 'bad-collection', subject, list);
  features.forEach((feature, f) => checkOptions(error, `features[${f}]`, feature, featureOptions));
  tables.forEach((table, t) => checkOptions(error, `tables[${t}]`, table, tableOptions));
  if (features.length === 0) throw bad('features', 'must hold at least one', 0);
  for (const [what, names] of [
    ['table', tables.map(({ name }) => name)],
    ['feature', features.map(({ name }) => name)],
  ] as const) {
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) throw bad(`${what} names`, 'must be unique', twice);
  }
  for (const feature of features) {
    if (tables.some(({ name }) => name === feature.table)) continue;
    throw bad(
      `feature "${feature.name}"`,
      `must read one of the tables ${tables.map(({ name }) => name).join(', ')}`,
      feature.table,
    );
  }
  for (const { name } of tables) {
    const [first, ...others] = features.filter(({ table }) => table === name);
    if (!first) throw bad(`table "${name}"`, 'must be read by a feature', 'none');
    const odd = others.find((feature) => poolingOf(feature) !== poolingOf(first));
    if (odd)
      throw bad(
        `feature "${odd.name}"`,
        `must pool like "${first.name}", which reads the same table`,
        poolingOf(odd),
      );
  }
}
