import { makeAll } from '@ttrec/backend';
import type { OptionRules } from '@ttrec/core';
import { concatenateRows, StackedRows, type Combine } from '../../lookup/combine-rows.ts';
import { DistinctRows } from '../../lookup/distinct-rows.ts';
import { error } from '../../error.ts';
import { leastSquaresRows, type Mixture } from '../../rows/fit-least-squares.ts';
import { fitProducts } from './fit-products.ts';
import { Gather } from '../../lookup/gather.ts';
import { hashFunction, MAX_SEED } from '../hash/hash-function.ts';
import type { TableConfig } from '../../kinds.ts';
import { partContext, rowVariance } from '../../table/part-context.ts';
import { columnRange, rowRange, type RowSource } from '../../rows/row-source.ts';
import { sumOfCosts } from '../../table/sum-of-costs.ts';
import type {
  BuiltInKind,
  EmbeddingTable,
  FitOptions,
  Lookup,
  NestedTables,
  TableContext,
  TableSize,
} from '../../table/table-kind.ts';
import { WrappingTable } from '../../table/wrapping-table.ts';

/** How the rows of several tables make one: multiplied or added element by element, or side by side. */
type Combination = 'product' | 'sum' | 'concatenate';

interface Composition {
  readonly kind: 'compositional';
  /** Rows of the table of remainders, or of each hashed table. */
  readonly buckets: number;
  readonly combine: Combination;
  /** What each of the tables is; `{ kind: 'dense' }` by default. */
  readonly into?: TableConfig;
}

/** The quotient and the remainder of an id by `buckets` each have a row, so that no two ids share both. */
export interface QuotientRemainderConfig extends Composition {
  readonly method: 'quotient-remainder';
}

/** Each of several tables is looked up by a hash function of its own; few ids share all of their rows. */
export interface HashesConfig extends Composition {
  readonly method: 'hashes';
  /** Tables, 2 by default. */
  readonly hashes?: number;
  readonly seed?: number;
}

/** A row combined of the rows of several smaller tables. */
export type CompositionalConfig = QuotientRemainderConfig | HashesConfig;

const MAX_BUCKETS = 2 ** 32;
const MAX_HASHES = 16;

const shared: OptionRules<Composition & { readonly method: CompositionalConfig['method'] }> = {
  kind: { required: ['compositional'] },
  method: { required: ['quotient-remainder', 'hashes'] },
  buckets: 'any',
  combine: { required: ['product', 'sum', 'concatenate'] },
  into: 'any',
};

/**
 * Shi, Mudigere, Naumov and Yang, "Compositional Embeddings Using Complementary Partitions for Memory-Efficient
 * Recommendation Systems", KDD 2020. Rows are combined id by id, and only then pooled.
 */
export const compositionalKind: BuiltInKind<CompositionalConfig> = {
  options: ({ method }) =>
    method === 'quotient-remainder' ? shared : { ...shared, hashes: 'any', seed: 'any' },
  cost(config, size, optimizer, nested) {
    const parts = partsOf(config, size);
    const sum = sumOfCosts(parts.map((part) => nested.cost(intoOf(config), part.size, optimizer)));
    const products = config.combine === 'product' ? (parts.length - 1) * size.embeddingDim : 0;
    return { ...sum, multiplyAddsPerLookup: sum.multiplyAddsPerLookup + products };
  },
  create: (config, context, nested) => new CompositionalTable(config, context, nested),
  /** More quotients; what holds them is the same as what holds the remainders, so that it must not change. */
  grow(config, from, numEmbeddings, nested) {
    if (config.method === 'hashes') return config;
    const [quotients] = partsOf(config, from) as [Part, ...Part[]];
    const into = intoOf(config);
    const grown = nested.grow(into, quotients.size, Math.ceil(numEmbeddings / config.buckets));
    if (grown === into) return config;
    throw error('cannot-grow', {
      subject: `quotients and remainders in tables of kind "${into.kind}"`,
      rule: 'must be in tables to which rows are appended as they are',
      got: into.kind,
      hint: 'Keep them in "dense" tables.',
    });
  },
};

class CompositionalTable extends WrappingTable {
  readonly #combination: Combination;
  readonly #parts: readonly Part[];
  readonly #tables: readonly EmbeddingTable[];
  readonly #gathers: readonly Gather[];
  readonly #stacked: StackedRows;
  readonly #rows: DistinctRows;

  constructor(config: CompositionalConfig, context: TableContext, nested: NestedTables) {
    const own = partsOf(config, context);
    const variance = partVariance(config.combine, own.length, rowVariance(context));
    const tables = makeAll(
      own,
      ({ name, size }) =>
        nested.create(intoOf(config), partContext(context, name, { size, rowVariance: variance })),
      (table) => table.dispose(),
    );
    super(context, tables);
    this.#combination = config.combine;
    this.#parts = own;
    this.#tables = tables;
    this.#gathers = tables.map((table) => new Gather(context.backend, table, context.name));
    this.#stacked = new StackedRows(context.backend, context.name);
    const combine = this.#combine();
    this.#rows = new DistinctRows(context.backend, context, (ids, out, training) => {
      const parts = this.#parts.map(({ place, size }, t) => {
        return { gather: this.#gathers[t]!, ids: ids.map(place), cols: size.embeddingDim };
      });
      return combine(parts, out, training);
    });
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    return this.#rows.lookup(ids, training);
  }

  /** Means for parts side by side, least squares for sums, alternating least squares for products. */
  async fit(source: RowSource, options: FitOptions): Promise<void> {
    const fitted = await this.#fitted(source);
    for (const [t, rows] of fitted.entries()) await this.#tables[t]!.fit(rows, options);
  }

  override dispose(): void {
    this.#rows.dispose();
    this.#stacked.dispose();
    for (const gather of this.#gathers) gather.dispose();
    super.dispose();
  }

  #combine(): Combine {
    if (this.#combination === 'concatenate') return concatenateRows;
    return this.#combination === 'sum' ? this.#stacked.sum : this.#stacked.product;
  }

  async #fitted(source: RowSource): Promise<RowSource[]> {
    const parts = this.#parts.map(({ size, place }) => ({ rows: size.numEmbeddings, place }));
    switch (this.#combination) {
      case 'product':
        return fitProducts(source, parts);
      case 'sum': {
        const all = await leastSquaresRows(source, sumOf(this.#parts));
        return this.#parts.map((part, t) => {
          const first = rowsOf(this.#parts.slice(0, t));
          return rowRange(all, first, first + part.size.numEmbeddings);
        });
      }
      case 'concatenate':
        return Promise.all(
          this.#parts.map((part) =>
            leastSquaresRows(columnRange(source, part.column, part.size.embeddingDim), sumOf([part])),
          ),
        );
    }
  }
}

/** A table and what it knows of an id. */
interface Part {
  readonly name: string;
  readonly size: TableSize;
  /** The first of its columns among those of all parts. */
  readonly column: number;
  /** Exact for every uint32. */
  readonly place: (id: number) => number;
}

/** The unknown rows of all parts, one below the other. */
function sumOf(parts: readonly Part[]): Mixture {
  const firsts = parts.map((_, t) => rowsOf(parts.slice(0, t)));
  return {
    unknowns: rowsOf(parts),
    terms: parts.length,
    write: (id, places, factors) => {
      parts.forEach(({ place }, t) => {
        places[t] = firsts[t]! + place(id);
        factors[t] = 1;
      });
    },
  };
}

function rowsOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { size }) => sum + size.numEmbeddings, 0);
}

/** @throws `embeddings/bad-composition`, `embeddings/bad-buckets`, `embeddings/bad-hash-seed` */
function partsOf(config: CompositionalConfig, { numEmbeddings, embeddingDim }: TableSize): Part[] {
  checkConfig(config, embeddingDim);
  const { buckets } = config;
  const remainder = (id: number) => id % buckets;
  const shapes =
    config.method === 'quotient-remainder'
      ? [
          {
            name: 'quotient',
            rows: Math.ceil(numEmbeddings / buckets),
            place: (id: number) => (id - remainder(id)) / buckets,
          },
          { name: 'remainder', rows: buckets, place: remainder },
        ]
      : Array.from({ length: config.hashes ?? DEFAULT_HASHES }, (_, t) => {
          const hash = hashFunction(config.seed ?? 0, t);
          return { name: `hash${t}`, rows: buckets, place: (id: number) => hash(id) % buckets };
        });
  let column = 0;
  return shapes.map(({ name, rows, place }, t) => {
    // Columns that k does not divide go to the first parts.
    const cols =
      config.combine === 'concatenate' ? Math.ceil((embeddingDim - t) / shapes.length) : embeddingDim;
    const part = { name, size: { numEmbeddings: rows, embeddingDim: cols }, column, place };
    column += cols;
    return part;
  });
}

const DEFAULT_HASHES = 2;

function checkConfig(config: CompositionalConfig, embeddingDim: number): void {
  const bad = (field: string, rule: string, got: unknown) =>
    error('bad-composition', { subject: `table kind "compositional", ${field}`, rule, got });
  const { combine, buckets } = config;
  if (!Number.isInteger(buckets) || buckets < 1 || buckets > MAX_BUCKETS)
    throw bad('buckets', `must be an integer from 1 to ${MAX_BUCKETS}`, buckets);
  const { hashes = DEFAULT_HASHES, seed = 0 } = config.method === 'hashes' ? config : {};
  if (!Number.isInteger(hashes) || hashes < 2 || hashes > MAX_HASHES)
    throw bad('hashes', `must be an integer from 2 to ${MAX_HASHES}`, hashes);
  if (!Number.isInteger(seed) || seed < 0 || seed > MAX_SEED)
    throw bad('seed', `must be an integer from 0 to ${MAX_SEED}`, seed);
  if (combine === 'concatenate' && hashes > embeddingDim)
    throw bad('combine', `must leave each of the ${hashes} tables a column of ${embeddingDim}`, combine);
}

/** The variance of the parts at which their combination has `variance`, all of them having mean 0. */
function partVariance(combine: Combination, parts: number, variance: number): number {
  if (combine === 'concatenate') return variance;
  return combine === 'sum' ? variance / parts : variance ** (1 / parts);
}

function intoOf({ into = { kind: 'dense' } }: CompositionalConfig): TableConfig {
  return into;
}
