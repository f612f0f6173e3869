import { makeAll, wholeBlock, type Backend, type Block } from '@ttrec/backend';
import { checkChoice, checkOptions, type OptionRules, RandomStream } from '@ttrec/core';
import { error } from './error.ts';
import { checkedFeatures, featuresOf, type Feature, type FeatureBags } from './features.ts';
import { kindsWith } from './kinds.ts';
import { checkBlock, type BlockRule } from './lookup/check-block.ts';
import { CheckedBags } from './lookup/checked-bags.ts';
import { RowBroadcast } from './lookup/row-broadcast.ts';
import type { RowSpan } from './lookup/grouping/shard-groups.ts';
import { StoredLookups, type StoredLookup } from './lookup/stored-lookups.ts';
import { Workspace } from './lookup/workspace.ts';
import { checkLearningRate, type OptimizerConfig } from './optimizer.ts';
import type { StepSettings } from './optimizer-step.ts';
import { priceTables, tableDemands, type PricedTable, type TableSpec } from './price-tables.ts';
import { TableRows } from './rows/table-rows.ts';
import { loadState, type LoadStateOptions, type StateOwner } from './state/load-state.ts';
import { joinedState, stateTensors } from './state/state-owner.ts';
import type { StateReader, StateTensor } from './state/state-tensor.ts';
import { applyGradients } from './table/apply-gradients.ts';
import type { SparseGradient, TableParameter } from './table/embedding-table.ts';
import { PooledTable } from './table/pooled-table.ts';
import { requireRoom } from './table/kind/require-room.ts';
import type { TableCost } from './table/kind/table-kind.ts';
import type { RowGradients, ShardRows } from './table/row-gradients.ts';
import { maintenanceOf, type CacheStatistics, type TableMaintenance } from './table/table-maintenance.ts';

export interface EmbeddingBagCollectionOptions {
  readonly backend: Backend;
  readonly embeddingDim: number;
  readonly tables: readonly TableSpec[];
  /**
   * The names of all F features, in the order in which batches list them and their columns come out; by default that of the
   * tables and their `featureNames`.
   */
  readonly features?: readonly string[] | undefined;
  readonly optimizer?: OptimizerConfig;
  readonly seed?: number;
  /** Goes before the names of tables in buffer labels and random streams: for a second collection of a model. */
  readonly label?: string;
  /** The variance that the entries of a table's rows start with; 1/(3N) by default. */
  readonly rowVariance?: (table: TableSpec) => number | undefined;
}

const collectionOptions: OptionRules<EmbeddingBagCollectionOptions> = {
  backend: 'any',
  embeddingDim: 'any',
  tables: 'any',
  features: 'any',
  optimizer: 'any',
  seed: 'any',
  label: 'string',
  rowVariance: 'any',
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
  /** F features, in the order of the columns. */
  readonly features: readonly Feature[];
  readonly backend: Backend;
  readonly #optimizer: OptimizerConfig;
  readonly #members: readonly Member[];
  readonly #broadcast: RowBroadcast;
  readonly #stored: StoredLookups;
  readonly #workspace: Workspace;

  /** @throws `embeddings/bad-collection`, `embeddings/too-large`, and what `cost` throws, before anything is allocated */
  constructor(options: EmbeddingBagCollectionOptions) {
    checkOptions(error, 'EmbeddingBagCollection', options, collectionOptions);
    const { backend, embeddingDim, tables, features, optimizer = { rule: 'sgd' }, seed = 0 } = options;
    this.embeddingDim = embeddingDim;
    this.features = featuresOf(tables, features);
    this.backend = backend;
    this.#optimizer = optimizer;
    const priced = priceTables(tables, embeddingDim, optimizer);
    requireRoom(backend, tableDemands(priced));
    this.#members = makeAll(priced, (table) => this.#member(table, { ...options, seed }), disposeMember);
    this.#workspace = new Workspace(backend, options.label ?? 'table');
    this.#stored = new StoredLookups(backend, options.label ?? 'table');
    this.#broadcast = new RowBroadcast(backend, `${options.label ?? 'table'}/shared features`);
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
   * @param bags an entry for each feature: a list in the order of `features`, or by name
   * @param options.training as for `forward`
   * @param options.broadcast whether a feature may have one bag for all rows, which is looked up once; not in training, false by default
   * @throws `embeddings/feature-count`, `embeddings/feature-names`, what `checkBags` throws, and in training `embeddings/inference-only`
   */
  check(
    bags: FeatureBags,
    size: number,
    options: { readonly training?: boolean; readonly broadcast?: boolean } = {},
  ): CheckedBags {
    checkOptions(error, 'check', options, { training: 'boolean', broadcast: 'boolean' });
    const { broadcast = false } = options;
    const { bags: checked, shared } = checkedFeatures(this.features, bags, size, broadcast);
    if (broadcast) return new CheckedBags(checked, size, false, shared);
    const training = options.training ?? this.#members.every(({ pooled }) => !pooled.table.inferenceOnly);
    if (training) for (const { pooled } of this.#members) pooled.requireTrainable();
    return new CheckedBags(checked, size, training);
  }

  /**
   * Pools every feature into `out` [B, …]: feature f takes the D columns from `firstColumn + f·D`.
   *
   * @param bags an entry for each feature, a list in the order of `features` or by name; or what `check` returned
   * @param options.training prepares for `backward`; true unless a table is of a kind that only infers
   * @throws what `check` throws, `embeddings/output-shape`, and in training `embeddings/refresh-pending`; nothing was enqueued
   *   then
   */
  forward(
    bags: FeatureBags | CheckedBags,
    out: Block,
    options: { readonly firstColumn?: number; readonly training?: boolean } = {},
  ): void {
    checkOptions(error, 'forward', options, { firstColumn: 'any', training: 'boolean' });
    if (!Number.isInteger((out as Partial<Block> | null)?.rows)) {
      throw error('output-shape', {
        subject: 'collection forward, out',
        rule: 'must be a block of a buffer',
        got: out,
      });
    }
    const { firstColumn = 0, ...rest } = options;
    const checked = bags instanceof CheckedBags ? bags : this.check(bags, out.rows, rest);
    this.#checkBlock(out, {
      code: 'output-shape',
      subject: 'collection forward, out',
      rows: checked.size,
      firstColumn,
    });
    if (checked.training) for (const { maintenance } of this.#members) maintenance.requireSettled();
    const stored: StoredLookup[] = [];
    for (const { pooled, features } of this.#members) {
      const isWhole = checked.shared.length === 0;
      const own = isWhole ? features : features.filter((f) => !checked.shared.includes(f));
      if (own.length === 0) continue;
      const bags = own.map((f) => checked.bags[f]!);
      const into = { block: out, columns: this.#columns(own, firstColumn) };
      const lookup = checked.training ? undefined : pooled.stored(bags, into);
      if (lookup === undefined) pooled.forward(bags, into, checked.training);
      else stored.push(lookup);
    }
    this.#stored.run(stored);
    if (checked.shared.length > 0) this.#forwardShared(checked, out, firstColumn);
  }

  /** Pools the one bag of each shared feature, and copies it into every row. */
  #forwardShared({ bags, shared }: CheckedBags, out: Block, firstColumn: number): void {
    const source = this.#broadcast.source(shared.length, this.embeddingDim);
    shared.forEach((f, i) => {
      const { pooled } = this.#members.find(({ features }) => features.includes(f))!;
      pooled.forward([bags[f]!], { block: { ...source, row: i, rows: 1 }, columns: [0] }, false);
    });
    this.#broadcast.into(out, this.#columns(shared, firstColumn), source);
  }

  /**
   * Trains the rows of the last forward; `gradOut` is laid out as `out` was.
   *
   * @throws `embeddings/backward-without-forward`, `embeddings/bad-learning-rate`
   */
  backward(gradOut: Block, options: { readonly firstColumn?: number; readonly learningRate: number }): void {
    checkOptions(error, 'backward', options, { firstColumn: 'any', learningRate: 'any' });
    const { firstColumn = 0, learningRate } = options;
    checkLearningRate(learningRate);
    this.#checkGradient(gradOut, firstColumn);
    // Table by table: the gradients of one are used before the next are computed.
    for (const member of this.#members) {
      const { pooled, features } = member;
      this.#update(member, this.#gradientsOf(pooled, features, gradOut, firstColumn), { learningRate });
    }
    for (const { maintenance } of this.#members) maintenance.afterStep({ learningRate });
  }

  /**
   * Trains on what `gradients` returned: `backward` in two parts, for a model that clips all gradients together.
   *
   * @throws `embeddings/bad-learning-rate`
   */
  update(gradients: readonly (readonly SparseGradient[])[], settings: Omit<StepSettings, 'step'>): void {
    checkLearningRate(settings.learningRate);
    this.#members.forEach((member, m) => this.#update(member, gradients[m]!, settings));
    for (const { maintenance } of this.#members) maintenance.afterStep(settings);
  }

  #update(
    { pooled }: Member,
    gradients: readonly SparseGradient[],
    settings: Omit<StepSettings, 'step'>,
  ): void {
    const step = pooled.steps.next();
    applyGradients(this.backend, gradients, this.#optimizer, { ...settings, step });
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

  /**
   * What shards of the last batch in training add to the gradients of rows, for a model whose batches are shared by workers: enqueues dL/drow
   * of every pair of a row and a shard, those of all tables below each other.
   *
   * @param shards rows of the batch, ascending, without gaps
   */
  shardGradients(
    gradOut: Block,
    { shards, firstColumn = 0 }: { readonly shards: readonly RowSpan[]; readonly firstColumn?: number },
  ): { readonly tables: readonly ShardRows[]; readonly gradients: Block } {
    this.#checkGradient(gradOut, firstColumn);
    const tables = this.#members.map(({ pooled }) => pooled.shardRows(shards));
    const total = tables.reduce((sum, { ids }) => sum + ids.length, 0);
    const gradients = wholeBlock(
      this.#workspace.matrix('shards', Math.max(1, total), this.embeddingDim),
      total,
    );
    let row = 0;
    tables.forEach(({ ids, backward }, t) => {
      const columns = this.#columns(this.#members[t]!.features, firstColumn);
      backward({ block: gradOut, columns }, { ...gradients, row, rows: ids.length });
      row += ids.length;
    });
    return { tables, gradients };
  }

  /** For each table, whether `gradientsOfRows` takes counts. */
  get countsLookups(): readonly boolean[] {
    return this.#members.map(({ pooled }) => pooled.countsLookups);
  }

  /** Enqueues the gradients of parameters from those of rows, one entry a table. Valid until the next forward; for `update`. */
  gradientsOfRows(tables: readonly RowGradients[]): SparseGradient[][] {
    return this.#members.map(({ pooled, maintenance }, t) => {
      maintenance.requireSettled();
      return pooled.gradientsOfRows(tables[t]!);
    });
  }

  /** Frees the buffers of every table; so does `using collection = …`. */
  dispose(): void {
    this.#broadcast.dispose();
    this.#stored.dispose();
    this.#workspace.dispose();
    for (const member of this.#members) disposeMember(member);
  }

  [Symbol.dispose](): void {
    this.dispose();
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

  #member(
    { table: spec, cost }: PricedTable,
    { seed, label, rowVariance }: EmbeddingBagCollectionOptions & { readonly seed: number },
  ): Member {
    const { name, numEmbeddings, config } = spec;
    const features = this.features.flatMap((feature, f) => (feature.table === name ? [f] : []));
    const table = kindsWith(spec.kinds).create(config, {
      backend: this.backend,
      name: label === undefined ? name : `${label}/${name}`,
      numEmbeddings,
      embeddingDim: this.embeddingDim,
      optimizer: this.#optimizer,
      stream: new RandomStream(seed, `${label ?? 'table'}/${name}`),
      rowVariance: rowVariance?.(spec),
    });
    const { pooling } = this.features[features[0]!]!;
    const backend = this.backend;
    const pooled = new PooledTable({ backend, name, table, pooling, optimizer: this.#optimizer });
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
}

function disposeMember({ pooled, rows }: Member): void {
  rows.dispose();
  pooled.dispose();
}
