import { checkList } from '@ttrec/core/options';
import { error } from '../error.ts';
import type { PricedTable, TableSpec } from '../price-tables.ts';
import type { EmbeddingTable, TableContext } from '../table/embedding-table.ts';
import { heldBelow, type RowShard } from './row-shard.ts';
import { ShardedTable } from './sharded-table.ts';

/** A table that workers divide among them. */
export interface ShardedMember {
  readonly name: string;
  /** Positions of its features among all of the model. */
  readonly features: readonly number[];
  readonly table: ShardedTable;
  /** The names of its tensors in the state of the model. */
  readonly tensors: readonly string[];
}

/** Which tables of one model workers divide among them, and which of the workers this one is. */
export class TableSharding {
  readonly shard: RowShard;
  readonly tables: readonly string[];
  readonly #members: ShardedMember[] = [];

  /** @throws `embeddings/bad-sharding` */
  constructor({ rank, size, tables }: RowShard & { readonly tables: readonly string[] }) {
    checkList(error, 'bad-sharding', 'sharded tables', tables);
    if (!Number.isInteger(size) || !Number.isInteger(rank) || rank < 0 || rank >= size) {
      const rule = 'rank must be an integer from 0 to below size';
      throw error('bad-sharding', { subject: 'sharded tables', rule, got: `rank ${rank} of ${size}` });
    }
    this.shard = { rank, size };
    this.tables = tables;
  }

  /** @throws `embeddings/bad-sharding` */
  check(all: readonly TableSpec[]): void {
    for (const name of this.tables) {
      const kind = all.find((table) => table.name === name)?.config.kind;
      if (kind === 'dense') continue;
      throw error('bad-sharding', {
        subject: `sharded table "${name}"`,
        rule: 'must be a table of the model of kind "dense"',
        got: kind ?? 'no table of that name',
      });
    }
  }

  /** The tables that the model has, those of a wide term included. */
  get members(): readonly ShardedMember[] {
    return this.#members;
  }

  /** The table, if workers divide it. The weights of a wide term may be of another kind, and are on every worker then. */
  create(
    spec: Pick<TableSpec, 'name' | 'config'> & {
      readonly label?: string | undefined;
      readonly features: readonly number[];
    },
    context: TableContext,
  ): EmbeddingTable | undefined {
    const { name, label = 'table', features } = spec;
    if (!this.divides(spec)) return undefined;
    const table = new ShardedTable(context, this.shard);
    const tensors = table.stateEntries.map((entry) => `${label}.${name}.${entry.name}`);
    this.#members.push({ name, features, table, tensors });
    return table;
  }

  /** A step alone would train rows by the numbers that they have on another worker. @throws `embeddings/sharded-tables` */
  refuse(subject: string): void {
    const [first] = this.#members;
    if (!first) return;
    throw error('sharded-tables', {
      subject,
      rule: 'must be of a model whose tables are whole',
      got: `table "${first.name}" in parts`,
      hint: 'Call fit with the communicator of the workers.',
    });
  }

  /** The prices of what this worker holds. */
  held(priced: readonly PricedTable[]): PricedTable[] {
    return priced.map(({ table, cost }) => {
      if (!this.divides(table)) return { table, cost };
      const part = Math.max(1, heldBelow(table.numEmbeddings, this.shard)) / table.numEmbeddings;
      return { table, cost: { ...cost, trainingBytes: Math.round(cost.trainingBytes * part) } };
    });
  }

  divides({ name, config }: Pick<TableSpec, 'name' | 'config'>): boolean {
    return config.kind === 'dense' && this.tables.includes(name);
  }
}
