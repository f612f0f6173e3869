import { wholeBlock, type Block } from '@ttrec/backend';
import { checkChoice, checkOptions } from '@ttrec/core/options';
import { error } from './error.ts';
import type { RowSpan } from './lookup/grouping/shard-groups.ts';
import { Workspace } from './lookup/workspace.ts';
import { checkLearningRate, checkTableOptimizer } from './optimizers/optimizer.ts';
import { stepAlone, type StepSettings } from './optimizers/optimizer-step.ts';
import { TableRows } from './rows/table-rows.ts';
import {
  ScoringCollection,
  type EmbeddingBagCollectionOptions,
  type TableMember,
} from './scoring-collection.ts';
import type { TableSharding } from './sharded/table-sharding.ts';
import { applyGradients } from './table/apply-gradients.ts';
import type { SparseGradient } from './table/embedding-table.ts';
import type { CacheStatistics } from './table/table-maintenance.ts';
import { TrainedTable } from './table/trained-table.ts';
import type { RowGradients, ShardRows } from './table/row-gradients.ts';
import type { PooledTableOptions } from './table/pooled-table.ts';
import { trainingParts } from './kinds/training-parts.ts';

/** Only training depends on it. */
function withCheckedOptimizer(options: EmbeddingBagCollectionOptions): EmbeddingBagCollectionOptions {
  const { optimizer } = (options as EmbeddingBagCollectionOptions | undefined) ?? {};
  if (optimizer !== undefined) checkTableOptimizer(optimizer);
  return options;
}

interface TrainedMember extends TableMember {
  readonly pooled: TrainedTable;
}

/** The embedding tables of a model: named features in, one [B, F·D] matrix out, and gradients back. */
export class EmbeddingBagCollection extends ScoringCollection {
  /** @internal */
  declare protected readonly members: readonly TrainedMember[];
  readonly sharding: TableSharding | undefined;
  readonly #rows = new Map<string, TableRows>();
  readonly #workspace: Workspace;

  /** @throws `embeddings/bad-collection`, `embeddings/too-large`, and what `cost` throws, before anything is allocated */
  constructor(options: EmbeddingBagCollectionOptions) {
    super(withCheckedOptimizer(options), trainingParts);
    this.sharding = options.sharding;
    this.#workspace = new Workspace(options.backend, options.label ?? 'table');
  }

  /**
   * The rows of one table, to read, and to overwrite by `fit`.
   *
   * @throws `embeddings/unknown-table`
   */
  table(name: string): TableRows {
    const known = this.members.map(({ spec }) => spec.name);
    checkChoice(error, 'unknown-table', 'table', name, known);
    let rows = this.#rows.get(name);
    if (rows === undefined) {
      rows = new TableRows({
        backend: this.backend,
        name,
        pooled: this.members[known.indexOf(name)]!.pooled,
      });
      this.#rows.set(name, rows);
    }
    return rows;
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
    for (const member of this.members) {
      const { pooled, features } = member;
      const into = { block: gradOut, columns: this.columns(features, firstColumn) };
      const step = stepAlone(this.optimizer, { learningRate, step: pooled.steps.upcoming });
      this.#update(member, pooled.gradients(into, { scratch: this.#workspace, step }), { learningRate });
    }
    for (const { maintenance } of this.members) maintenance.afterStep({ learningRate });
  }

  /**
   * Trains on what `gradients` returned: `backward` in two parts, for a model that clips all gradients together.
   *
   * @throws `embeddings/bad-learning-rate`
   */
  update(gradients: readonly (readonly SparseGradient[])[], settings: Omit<StepSettings, 'step'>): void {
    checkLearningRate(settings.learningRate);
    this.members.forEach((member, m) => this.#update(member, gradients[m]!, settings));
    for (const { maintenance } of this.members) maintenance.afterStep(settings);
  }

  #update(
    { pooled }: TrainedMember,
    gradients: readonly SparseGradient[],
    settings: Omit<StepSettings, 'step'>,
  ): void {
    const step = pooled.steps.next();
    applyGradients(this.backend, gradients, this.optimizer, { ...settings, step });
  }

  /** Whether nothing that steps began has to be awaited before the next one. */
  get isSettled(): boolean {
    return this.members.every(({ maintenance }) => maintenance.isSettled);
  }

  /** Resolves when what a step began beside its updates has ended: the refreshes of caches. */
  async settled(): Promise<void> {
    await Promise.all(this.members.map(({ maintenance }) => maintenance.settled()));
  }

  /** What each table's cache did since it was last asked; tables that looked up nothing by way of a cache are left out. */
  takeCacheStatistics(): { readonly table: string; readonly statistics: CacheStatistics }[] {
    return this.members
      .map(({ spec, maintenance }) => ({ table: spec.name, statistics: maintenance.takeStatistics() }))
      .filter(({ statistics }) => statistics.lookups > 0);
  }

  /** The gradients that `backward` would apply, a list a table. Valid until the next forward. */
  gradients(gradOut: Block, options: { readonly firstColumn?: number } = {}): SparseGradient[][] {
    checkOptions(error, 'gradients', options, { firstColumn: 'any' });
    this.#checkGradient(gradOut, options.firstColumn ?? 0);
    return this.members.map(({ pooled, features }) =>
      pooled.gradients({ block: gradOut, columns: this.columns(features, options.firstColumn ?? 0) }),
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
    const tables = this.members.map(({ pooled }) => pooled.shardRows(shards));
    const total = tables.reduce((sum, { ids }) => sum + ids.length, 0);
    const gradients = wholeBlock(
      this.#workspace.matrix('shards', Math.max(1, total), this.embeddingDim),
      total,
    );
    let row = 0;
    tables.forEach(({ ids, backward }, t) => {
      const columns = this.columns(this.members[t]!.features, firstColumn);
      backward({ block: gradOut, columns }, { ...gradients, row, rows: ids.length });
      row += ids.length;
    });
    return { tables, gradients };
  }

  /** For each table, whether `gradientsOfRows` takes counts. */
  get countsLookups(): readonly boolean[] {
    return this.members.map(({ pooled }) => pooled.countsLookups);
  }

  /** Enqueues the gradients of parameters from those of rows, one entry a table. Valid until the next forward; for `update`. */
  gradientsOfRows(tables: readonly RowGradients[]): SparseGradient[][] {
    return this.members.map(({ pooled, maintenance }, t) => {
      maintenance.requireSettled();
      return pooled.gradientsOfRows(tables[t]!);
    });
  }

  /**
   * `update` with what `gradientsOfRows` enqueues, table by table: the gradients of one are used while they are in the processor's caches.
   *
   * @throws `embeddings/bad-learning-rate`
   */
  updateRows(tables: readonly RowGradients[], settings: Omit<StepSettings, 'step'>): void {
    checkLearningRate(settings.learningRate);
    for (const { pooled, maintenance } of this.members) {
      pooled.requireTrainable();
      maintenance.requireSettled();
    }
    this.members.forEach((member, t) =>
      this.#update(member, member.pooled.gradientsOfRows(tables[t]!), settings),
    );
    for (const { maintenance } of this.members) maintenance.afterStep(settings);
  }

  /** @internal */
  protected override pooledTable(options: PooledTableOptions): TrainedTable {
    return new TrainedTable(options);
  }

  override dispose(): void {
    this.#workspace.dispose();
    for (const rows of this.#rows.values()) rows.dispose();
    super.dispose();
  }

  /** Here, for all tables: a block refused by the last of them would find the others trained. */
  #checkGradient(gradOut: Block, firstColumn: number): void {
    for (const { pooled } of this.members) pooled.requireForward();
    const { rows } = this.members[0]!.pooled;
    this.checkBlock(gradOut, {
      code: 'gradient-shape',
      subject: 'collection backward, gradOut',
      rows,
      firstColumn,
    });
  }
}
