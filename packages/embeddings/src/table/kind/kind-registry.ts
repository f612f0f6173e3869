import { makeAll } from '@ttrec/backend';
import { checkObject } from '@ttrec/core/options';
import { error } from '../../error.ts';
import type { OptimizerConfig } from '../../optimizers/optimizer.ts';
import { configFault, type ConfigFault, type Schemas } from '../config/config-fault.ts';
import { formOf, isTable } from '../config/config-schema.ts';
import type { EmbeddingTable, TableContext } from '../embedding-table.ts';
import { MAX_EMBEDDINGS, MAX_TABLES } from '../config/limits.ts';
import { partContext, rowVariance } from './part-context.ts';
import { requireRoom, tableDemand } from './require-room.ts';
import type { RowOperations } from './row-graph.ts';
import type { TableConfig } from '../config/table-config.ts';
import type { Resizer, TableChild, TableCost, TableKind } from './table-kind.ts';
import type { TableSize } from '../table-size.ts';

/** Prices, makes, grows and resizes tables of some kinds, with the tables inside them. */
export class KindRegistry {
  readonly #kinds: ReadonlyMap<string, TableKind>;
  readonly #schemas: Schemas;

  /** @throws `embeddings/duplicate-kind` */
  constructor(kinds: readonly TableKind[]) {
    this.#kinds = new Map(kinds.map((kind) => [kind.name, kind]));
    this.#schemas = new Map(kinds.map(({ name, schema }) => [name, schema]));
    const twice = kinds.find((kind) => this.#kinds.get(kind.name) !== kind);
    if (twice === undefined) return;
    const rule = 'must be different names';
    throw error('duplicate-kind', { subject: 'table kinds', rule, got: `"${twice.name}" twice` });
  }

  get kinds(): readonly TableKind[] {
    return [...this.#kinds.values()];
  }

  /** The first fault that the schemas of the kinds tell. */
  fault(config: unknown): ConfigFault | undefined {
    return configFault(config, this.#schemas);
  }

  /** The kind of a config that has been checked. */
  kindOf(config: TableConfig): TableKind {
    return this.#kinds.get(config.kind)!;
  }

  children(config: TableConfig, size: TableSize): readonly TableChild[] {
    return this.kindOf(config).children?.(config, size) ?? [];
  }

  /** The configs of tables in the fields of a config, those inside of these left out. */
  tablesIn(config: TableConfig): readonly TableConfig[] {
    const { properties } = formOf(this.#schemas.get(config.kind)!, config);
    return Object.entries(properties).flatMap(([name, field]) =>
      isTable(field)
        ? [
            (config as unknown as Readonly<Record<string, TableConfig>>)[name] ??
              ('default' in field ? field.default : []),
          ].flat()
        : [],
    );
  }

  /**
   * Each part of a config is priced once a size: time is linear in the config, however many tables it stands for.
   *
   * @throws `embeddings/unknown-kind`, `…/unknown-option`, `…/bad-option`, `…/bad-into`, `…/bad-size`, `…/too-deep`,
   *   `…/too-many-tables`, and what the kinds throw
   */
  cost(config: TableConfig, size: TableSize, optimizer: OptimizerConfig): TableCost {
    this.#check(config);
    return this.#price(config, size, { optimizer, known: new Map() }).cost;
  }

  /** Throws what `cost` and `requireRoom` throw, before it allocates. */
  create(config: TableConfig, context: TableContext): EmbeddingTable {
    const cost = this.cost(config, context, context.optimizer);
    requireRoom(context.backend, [tableDemand(context.name, cost)]);
    return this.#create(config, context);
  }

  /** @throws `embeddings/cannot-grow`, and what `cost` throws */
  grow(config: TableConfig, from: TableSize, numEmbeddings: number): TableConfig {
    checkSize(from);
    checkSize({ ...from, numEmbeddings });
    requireMore(from, numEmbeddings);
    this.cost(config, from, { rule: 'sgd' });
    return this.#resizer.grow(config, from, numEmbeddings);
  }

  /** Throws `embeddings/bad-bytes`, and what `cost` throws. */
  resize(config: TableConfig, size: TableSize, bytes: number): TableConfig {
    this.cost(config, size, { rule: 'sgd' });
    if (!(Number.isFinite(bytes) && bytes >= 0)) {
      const rule = 'must be a finite number of at least 0';
      throw error('bad-bytes', { subject: 'resizedConfig, bytes', rule, got: bytes });
    }
    return this.#resizer.resize(config, size, bytes);
  }

  /** Whether the rows of a table, and of all inside, can be written down as a graph. */
  canExport(config: TableConfig, size: TableSize): boolean {
    const inside = this.children(config, size);
    return (
      this.kindOf(config).rows !== undefined &&
      inside.every((child) => this.canExport(child.config, child.size))
    );
  }

  /**
   * Computes the rows of a table in an exported model.
   *
   * @param table `path` goes before the names of its tensors
   * @throws `embeddings/cannot-export`
   */
  rows<Value>(operations: RowOperations<Value>, table: ExportedTable<Value>): Value {
    const { config, size, ids, path } = table;
    const kind = this.kindOf(config);
    if (!kind.rows) {
      const rule = 'must be one whose rows can be written down as a graph';
      throw error('cannot-export', { subject: `table kind "${kind.name}"`, rule });
    }
    return kind.rows(config, {
      ...operations,
      ...size,
      ids,
      gather: (tensor, rows, shape, bits) => operations.gather(`${path}${tensor}`, rows, shape, bits),
      project: (value, tensor) => operations.project(value, `${path}${tensor}`),
      child: (inner, { name, ...changes }) =>
        this.rows(operations, {
          ...table,
          ...changes,
          config: inner,
          path: name === undefined ? path : `${path}${name}.`,
        }),
    });
  }

  readonly #resizer: Resizer = {
    grow: (config, from, numEmbeddings) => {
      const kind = this.kindOf(config);
      if (kind.grow) return kind.grow(config, from, numEmbeddings, this.#resizer);
      throw error('cannot-grow', {
        subject: `table kind "${kind.name}"`,
        rule: 'must be one to which rows can be appended',
        hint: 'Tables of integers are made of a trained one: grow that one, and convert it again.',
      });
    },
    resize: (config, size, bytes) =>
      this.kindOf(config).resize?.(config, size, bytes, this.#resizer) ?? config,
    bytes: (config, size) => this.cost(config, size, { rule: 'sgd' }).bytes,
  };

  #check(config: TableConfig): void {
    const fault = this.fault(config);
    if (fault === undefined) return;
    const { table, path, code, rule, got, hint } = fault;
    const field = path.slice(table.depth).join('.');
    const subject = table.kind === undefined ? 'table config' : `table kind "${table.kind}"`;
    throw error(code, { subject: field ? `${subject}, ${field}` : subject, rule, got, hint });
  }

  #price(
    config: TableConfig,
    size: TableSize,
    on: { readonly optimizer: OptimizerConfig; readonly known: Map<TableConfig, Map<string, Priced>> },
  ): Priced {
    checkSize(size);
    const key = `${size.numEmbeddings} ${size.embeddingDim}`;
    const ofConfig = on.known.get(config) ?? new Map<string, Priced>();
    on.known.set(config, ofConfig);
    const found = ofConfig.get(key);
    if (found) return found;
    const children = this.children(config, size).map((child) => this.#price(child.config, child.size, on));
    const tables = children.reduce((sum, child) => sum + child.tables, 1);
    requireCount(tables);
    const costs = children.map(({ cost }) => cost);
    const priced = { cost: this.kindOf(config).cost(config, size, on.optimizer, costs), tables };
    ofConfig.set(key, priced);
    return priced;
  }

  #create(config: TableConfig, context: TableContext): EmbeddingTable {
    const children = makeAll(
      this.children(config, context),
      (child) => this.#create(child.config, childContext(context, child)),
      (table) => table.dispose(),
    );
    try {
      return this.kindOf(config).create(config, context, children);
    } catch (thrown) {
      for (const child of children) child.dispose();
      throw thrown;
    }
  }
}

/** A table of an exported model. */
export interface ExportedTable<Value> {
  readonly config: TableConfig;
  readonly size: TableSize;
  /** Integers [L] below numEmbeddings. */
  readonly ids: Value;
  readonly path: string;
}

interface Priced {
  readonly cost: TableCost;
  /** This one and all inside. */
  readonly tables: number;
}

function childContext(context: TableContext, child: TableChild): TableContext {
  const { name, size } = child;
  const { numEmbeddings, embeddingDim } = size;
  if (name === undefined) return { ...context, numEmbeddings, embeddingDim };
  const around = rowVariance(context);
  return partContext(context, name, { size, rowVariance: child.rowVariance?.(around) ?? around });
}

function requireCount(tables: number): void {
  if (tables <= MAX_TABLES) return;
  throw error('too-many-tables', {
    subject: 'a table config',
    rule: `must stand for at most ${MAX_TABLES} tables`,
    got: tables,
    hint: 'Tables inside a "compositional" one multiply.',
  });
}

function requireMore(from: TableSize, numEmbeddings: number): void {
  if (numEmbeddings >= from.numEmbeddings) return;
  throw error('cannot-grow', {
    subject: 'numEmbeddings of a grown table',
    rule: `must be at least the ${from.numEmbeddings} there are`,
    got: numEmbeddings,
  });
}

function checkSize(size: TableSize): void {
  checkObject(error, 'bad-size', 'table size', size);
  const { numEmbeddings, embeddingDim } = size;
  if (!Number.isInteger(numEmbeddings) || numEmbeddings < 1 || numEmbeddings > MAX_EMBEDDINGS) {
    const rule = `must be an integer from 1 to ${MAX_EMBEDDINGS}`;
    throw error('bad-size', { subject: 'numEmbeddings', rule, got: numEmbeddings });
  }
  if (!Number.isInteger(embeddingDim) || embeddingDim < 1) {
    throw error('bad-size', {
      subject: 'embeddingDim',
      rule: 'must be an integer from 1',
      got: embeddingDim,
    });
  }
}
