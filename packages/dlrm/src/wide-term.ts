import { columnBlock, wholeBlock, type Backend, type Block, type DeviceBuffer } from '@ttrec/backend';
import type {
  EmbeddingBagCollectionOptions,
  OptimizerConfig,
  ScoringCollection,
  TableConfig,
  TableSpec,
} from '@ttrec/embeddings';
import { RowBroadcast, type CheckedBags } from '@ttrec/embeddings/model';
import type { Activations } from './layers/activations.ts';
import { denseParameter, disposeDense, type DenseParameter } from './layers/dense-parameter.ts';

/** How the first-order weights of ids are stored: tables with D = 1. */
export interface WideConfig {
  readonly default: TableConfig;
  readonly byName?: Readonly<Record<string, TableConfig>> | undefined;
}

/** The tables of the wide term: those of the model, with one column. */
export function wideTables(tables: readonly TableSpec[], wide: WideConfig): TableSpec[] {
  const byName = new Map(Object.entries(wide.byName ?? {}));
  return tables.map((table) => ({ ...table, config: byName.get(table.name) ?? wide.default }));
}

/** A weight for every id and every dense column, added to the logit: a logistic regression beside the rest of the model. */
export class WideTerm<Collection extends ScoringCollection = ScoringCollection> {
  readonly embeddings: Collection;
  /** [1, denseFeatures] */
  readonly dense: DenseParameter | undefined;
  readonly activations: Activations;
  readonly ones: DeviceBuffer;
  readonly #backend: Backend;
  readonly #broadcast: RowBroadcast;

  constructor(options: {
    readonly backend: Backend;
    readonly activations: Activations;
    readonly tables: readonly TableSpec[];
    readonly features: readonly string[];
    readonly denseFeatures: number;
    readonly optimizer: OptimizerConfig;
    readonly denseOptimizer: OptimizerConfig;
    readonly seed: number;
    readonly collection: (options: EmbeddingBagCollectionOptions) => Collection;
  }) {
    const { backend, tables, features, optimizer, seed, denseFeatures: cols } = options;
    this.#backend = backend;
    this.activations = options.activations;
    this.#broadcast = new RowBroadcast(backend, 'wide/dense');
    // Weights that are numbers of a table start at 0, as those of a regression do; a product of zeros would stay there.
    const startAtZero = ({ config }: TableSpec) => config.kind === 'dense' || isHashedDense(config);
    this.embeddings = options.collection({
      backend,
      embeddingDim: 1,
      tables,
      features,
      optimizer,
      seed,
      label: 'wide',
      rowVariance: (table) => (startAtZero(table) ? 0 : undefined),
    });
    this.dense =
      cols === 0
        ? undefined
        : denseParameter({
            ...{ backend, name: 'wide.dense', rows: 1, cols },
            optimizer: options.denseOptimizer,
          });
    const terms = this.terms;
    this.ones = backend.createBuffer({ dtype: 'float32', rows: terms, cols: 1, label: 'wide/ones' });
    backend.write(this.ones, new Float32Array(terms).fill(1));
  }

  /** Where the logit of the rest of the model goes: the first of the terms that are added up. */
  deepLogits(rows: number): Block {
    return columnBlock(this.#joined(rows).buffer, 0, 1, rows);
  }

  /** Enqueues `logits` [B, 1], the sum of the deep logits and of all weights. @param dense [B, denseFeatures], or one row for all */
  forward(bags: CheckedBags, dense: Block | undefined, logits: Block): void {
    const joined = this.#joined(logits.rows);
    if (this.dense && dense) {
      const isShared = dense.rows !== logits.rows;
      const own = columnBlock(joined.buffer, 1, 1, logits.rows);
      const out = isShared ? this.#broadcast.source(1, 1) : own;
      this.#backend.matmul({ a: dense, b: wholeBlock(this.dense.weights), transposeB: true, out });
      if (isShared) this.#broadcast.into(joined, [1], out);
    }
    this.embeddings.forward(bags, joined, { firstColumn: this.firstColumn });
    this.#backend.matmul({ a: joined, b: wholeBlock(this.ones), out: logits });
  }

  dispose(): void {
    this.embeddings.dispose();
    this.#broadcast.dispose();
    this.ones.dispose();
    if (this.dense) disposeDense(this.dense);
  }

  get firstColumn(): number {
    return this.dense ? 2 : 1;
  }

  /** The deep logit, the dense columns together, and each feature. */
  get terms(): number {
    return this.firstColumn + this.embeddings.features.length;
  }

  #joined(rows: number): Block {
    return this.activations.get('wide', rows, this.terms);
  }
}

function isHashedDense(config: TableConfig): boolean {
  return config.kind === 'hash' && config.into.kind === 'dense';
}
