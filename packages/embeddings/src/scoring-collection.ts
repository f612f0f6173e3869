import { makeAll, type Backend, type Block } from '@ttrec/backend';
import { RandomStream } from '@ttrec/core';
import { checkOptions, type OptionRules } from '@ttrec/core/options';
import { error } from './error.ts';
import { checkedFeatures, featuresOf, type Feature, type FeatureBags } from './features.ts';
import { kindsWith } from './kinds.ts';
import { checkBlock, type BlockRule } from './lookup/check-block.ts';
import { CheckedBags } from './lookup/checked-bags.ts';
import { RowBroadcast } from './lookup/row-broadcast.ts';
import { StoredLookups, type StoredLookup } from './lookup/stored-lookups.ts';
import type { OptimizerConfig } from './optimizers/optimizer.ts';
import { pricesOf, tableDemands, type PricedTable, type TableSpec } from './price-tables.ts';
import { loadState, type LoadStateOptions, type StateOwner } from './state/load-state.ts';
import { joinedState, stateTensors } from './state/state-owner.ts';
import type { StateReader, StateTensor } from './state/state-tensor.ts';
import type { TableSharding } from './sharded/table-sharding.ts';
import type { TableContext, TableParameter } from './table/embedding-table.ts';
import { PooledTable, type PooledTableOptions } from './table/pooled-table.ts';
import { requireRoom } from './table/kind/require-room.ts';
import type { TableCost } from './table/kind/table-kind.ts';
import { maintenanceOf, type TableMaintenance } from './table/table-maintenance.ts';
import type { TrainingParts } from './table/training-parts.ts';

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
  /** Which tables workers that train together divide among them; none by default. */
  readonly sharding?: TableSharding | undefined;
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
  sharding: 'any',
};

export interface TableMember {
  readonly spec: TableSpec;
  readonly cost: TableCost;
  readonly pooled: PooledTable;
  readonly maintenance: TableMaintenance;
  /** Positions of the table's features among all. */
  readonly features: readonly number[];
}

/** The embedding tables of a model that scores: named features in, one [B, F·D] matrix out. */
export class ScoringCollection {
  readonly embeddingDim: number;
  /** F features, in the order of the columns. */
  readonly features: readonly Feature[];
  readonly backend: Backend;
  /** @internal */
  protected readonly optimizer: OptimizerConfig;
  /** @internal */
  protected readonly members: readonly TableMember[];
  readonly #broadcast: RowBroadcast;
  readonly #stored: StoredLookups;
  readonly #trains: boolean;

  /** @throws `embeddings/bad-collection`, `embeddings/too-large`, and what `cost` throws, before anything is allocated */
  constructor(options: EmbeddingBagCollectionOptions, training?: TrainingParts) {
    checkOptions(error, 'EmbeddingBagCollection', options, collectionOptions);
    const { backend, embeddingDim, tables, features, optimizer = { rule: 'sgd' }, seed = 0 } = options;
    this.embeddingDim = embeddingDim;
    this.features = featuresOf(tables, features);
    this.backend = backend;
    this.optimizer = optimizer;
    this.#trains = training !== undefined;
    const priced = pricesOf(tables, embeddingDim, optimizer);
    requireRoom(backend, tableDemands(options.sharding?.held(priced) ?? priced));
    this.members = makeAll(
      priced,
      (table) => this.#member(table, { ...options, seed, training }),
      disposeMember,
    );
    this.#stored = new StoredLookups(backend, options.label ?? 'table');
    this.#broadcast = new RowBroadcast(backend, `${options.label ?? 'table'}/shared features`);
    this.#checkStateNames();
  }

  /** A table "a" that contains another has tensors like `a.into.weight`, and so has a table "a.into". */
  #checkStateNames(): void {
    const names = new Set<string>();
    for (const { name } of this.stateOwner.entries) {
      if (names.has(name)) {
        this.members.forEach(disposeMember);
        const rule = 'must differ, with the names of their tensors behind a dot';
        throw error('bad-collection', { subject: 'table names', rule, got: `two tensors "${name}"` });
      }
      names.add(name);
    }
  }

  /** Each table's price, in the order given. */
  get costs(): readonly PricedTable[] {
    return this.members.map(({ spec, cost }) => ({ table: spec, cost }));
  }

  /** Every table's parameters. */
  get parameters(): readonly { readonly table: string; readonly parameter: TableParameter }[] {
    return this.members.flatMap(({ spec, pooled }) =>
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
    return joinedState(this.members.map(({ spec, pooled }) => [`${spec.name}.`, pooled.state]));
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
    const canTrain = this.#trains && this.members.every(({ pooled }) => !pooled.table.inferenceOnly);
    const training = options.training ?? canTrain;
    if (training) this.#requireTrainable();
    return new CheckedBags(checked, size, training);
  }

  /** @throws `embeddings/inference-only` */
  #requireTrainable(): void {
    for (const { pooled } of this.members) pooled.requireTrainable();
    if (this.#trains) return;
    throw error('inference-only', {
      subject: 'forward for training',
      rule: 'must be that of an EmbeddingBagCollection',
      got: 'tables that only score',
    });
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
    this.checkBlock(out, {
      code: 'output-shape',
      subject: 'collection forward, out',
      rows: checked.size,
      firstColumn,
    });
    if (checked.training) for (const { maintenance } of this.members) maintenance.requireSettled();
    const stored: StoredLookup[] = [];
    for (const { pooled, features } of this.members) {
      const isWhole = checked.shared.length === 0;
      const own = isWhole ? features : features.filter((f) => !checked.shared.includes(f));
      if (own.length === 0) continue;
      const bags = own.map((f) => checked.bags[f]!);
      const into = { block: out, columns: this.columns(own, firstColumn) };
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
      const { pooled } = this.members.find(({ features }) => features.includes(f))!;
      pooled.forward([bags[f]!], { block: { ...source, row: i, rows: 1 }, columns: [0] }, false);
    });
    this.#broadcast.into(out, this.columns(shared, firstColumn), source);
  }

  /** Frees the buffers of every table; so does `using collection = …`. */
  dispose(): void {
    this.#broadcast.dispose();
    this.#stored.dispose();
    for (const member of this.members) disposeMember(member);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal */
  protected pooledTable(options: PooledTableOptions): PooledTable {
    return new PooledTable(options);
  }

  /** @internal */
  protected checkBlock(block: Block, rule: Omit<BlockRule, 'backend' | 'cols'>): void {
    const cols = this.features.length * this.embeddingDim;
    checkBlock(block, { ...rule, backend: this.backend, cols });
  }

  #member(
    { table: spec, cost }: PricedTable,
    {
      seed,
      label,
      rowVariance,
      training,
      sharding,
    }: EmbeddingBagCollectionOptions & {
      readonly seed: number;
      readonly training: TrainingParts | undefined;
    },
  ): TableMember {
    const { name, numEmbeddings, config } = spec;
    const features = this.features.flatMap((feature, f) => (feature.table === name ? [f] : []));
    const context: TableContext = {
      backend: this.backend,
      name: label === undefined ? name : `${label}/${name}`,
      numEmbeddings,
      embeddingDim: this.embeddingDim,
      optimizer: this.optimizer,
      training,
      stream: new RandomStream(seed, `${label ?? 'table'}/${name}`),
      rowVariance: rowVariance?.(spec),
    };
    const table =
      sharding?.create({ ...spec, label, features }, context) ??
      kindsWith(spec.kinds).create(config, context);
    const { pooling } = this.features[features[0]!]!;
    const backend = this.backend;
    const pooled = this.pooledTable({ backend, name, table, pooling, optimizer: this.optimizer });
    return { spec, cost, pooled, maintenance: maintenanceOf([table]), features };
  }

  /** @internal */
  protected columns(features: readonly number[], firstColumn: number): number[] {
    return features.map((f) => firstColumn + f * this.embeddingDim);
  }
}

function disposeMember({ pooled }: TableMember): void {
  pooled.dispose();
}
