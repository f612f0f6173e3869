import type { OptimizerConfig } from '../../optimizers/optimizer.ts';
import type { ConfigSchema } from '../config/config-schema.ts';
import type { EmbeddingTable, TableContext } from '../embedding-table.ts';
import type { RowGraph } from './row-graph.ts';
import type { TableConfig } from '../config/table-config.ts';
import type { TableSize } from '../table-size.ts';

/** What a config costs, before anything is allocated. */
export interface TableCost {
  readonly parameters: number;
  /** Weights, as stored and as served: float32, or integers and their scales. */
  readonly bytes: number;
  /** Tensors that a file of the weights has. */
  readonly tensors: number;
  /** Weights and optimizer state, and the table of prefixes where it has one. */
  readonly trainingBytes: number;
  /** Of `trainingBytes`, what is kept on the host and in no buffer of a backend: integers, what a cache counts. 0 by default. */
  readonly hostBytes?: number;
  /** What a table of prefixes takes beside the weights as soon as rows are read without training. 0 by default. */
  readonly prefixBytes?: number;
  /** To compute one row that shares no prefix with another: 0 for a table that is only read. */
  readonly multiplyAddsPerLookup: number;
  /** Whether the table can only be read, and training with it is refused. */
  readonly inferenceOnly?: boolean;
}

/** A table inside another. */
export interface TableChild {
  readonly config: TableConfig;
  readonly size: TableSize;
  /** Goes before the names of its tensors, with a dot, and names its random stream; those of the table around it by default. */
  readonly name?: string;
  /** The variance that its rows start with, given that of the table around it; with a name, the same by default. */
  rowVariance?(around: number): number;
}

/** The config of a table with other rows or bytes, for tables inside. */
export interface Resizer {
  /** Throws the same errors as `grownConfig`. */
  grow(config: TableConfig, from: TableSize, numEmbeddings: number): TableConfig;
  /** The same as `resizedConfig`. */
  resize(config: TableConfig, size: TableSize, bytes: number): TableConfig;
  /** Of weights, for any config. */
  bytes(config: TableConfig, size: TableSize): number;
}

/** A kind of table: everything that is different about it. Its config has `kind`, the name. */
export interface TableKind<Config = TableConfig> {
  readonly name: string;
  /** What a config may be, as far as the size of the table does not matter. It has been checked when methods are called. */
  readonly schema: ConfigSchema<Config>;
  /** The tables inside; none by default. Throws for a config that cannot be built at this size. */
  children?(config: Config, size: TableSize): readonly TableChild[];
  /** Exact to the byte. @param children the costs of the tables inside */
  cost(
    config: Config,
    size: TableSize,
    optimizer: OptimizerConfig,
    children: readonly TableCost[],
  ): TableCost;
  /** Allocates and initialises a table. @param children the tables inside, which are disposed with it */
  create(config: Config, context: TableContext, children: readonly EmbeddingTable[]): EmbeddingTable;
  /**
   * The config of a table with more rows, in which every old one is where it was: tensors keep their names, and only their
   * first axis becomes longer. Without it rows cannot be appended.
   */
  grow?(config: Config, from: TableSize, numEmbeddings: number, tables: Resizer): Config;
  /** The config of the table of this kind that takes as many of `bytes` as it can. Without it, the config as it is. */
  resize?(config: Config, size: TableSize, bytes: number, tables: Resizer): Config;
  /** Adds to an exported model what computes the rows of ids. Without it, the rows themselves are exported. */
  rows?<Value>(config: Config, graph: RowGraph<Value>): Value;
}

/** A kind, checked against its config's type. */
export function defineKind<Config extends { readonly kind: string }>(
  kind: TableKind<Config>,
): TableKind<Config> {
  return kind;
}
