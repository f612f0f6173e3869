import { wholeBlock, type Backend, type Block, type DeviceBuffer, type Pooling } from '@ttrec/backend';
import { counted, RandomStream } from '@ttrec/core';
import { checkOptions, type OptionRules } from '@ttrec/core/options';
import { error } from './error.ts';
import { cost, grownConfig, kindsWith } from './kinds.ts';
import { bagCount, checkBags, checkWeights, poolings, type Bags } from './lookup/bags.ts';
import { checkBlock } from './lookup/check-block.ts';
import { Workspace } from './lookup/workspace.ts';
import { stepAlone } from './optimizers/optimizer-step.ts';
import { checkLearningRate, type OptimizerConfig } from './optimizers/optimizer.ts';
import { compareRows, takeOver, type ConversionReport } from './rows/convert-table.ts';
import { indexOfNonFinite } from './rows/finite.ts';
import { checkSource, requireSource, type RowSource } from './rows/row-source.ts';
import { TableRows } from './rows/table-rows.ts';
import type { LoadStateOptions } from './state/load-state.ts';
import { stateReader, type StateReader, type StateTensor } from './state/state-tensor.ts';
import { applyGradients } from './table/apply-gradients.ts';
import type { FitOptions, SparseGradient, TableParameter, UseAtOnce } from './table/embedding-table.ts';
import { TrainedTable } from './table/trained-table.ts';
import type { TableConfig } from './table/config/table-config.ts';
import type { TableCost, TableKind } from './table/kind/table-kind.ts';
import { maintenanceOf, type CacheStatistics, type TableMaintenance } from './table/table-maintenance.ts';
import { trainingParts } from './kinds/training-parts.ts';

export interface EmbeddingBagOptions {
  readonly backend: Backend;
  /** N. */
  readonly numEmbeddings: number;
  /** D. */
  readonly embeddingDim: number;
  /** `{ kind: 'dense' }` by default. */
  readonly table?: TableConfig;
  /** Kinds of your own that the config names. */
  readonly kinds?: readonly TableKind[] | undefined;
  /** `sum` by default. */
  readonly pooling?: Pooling;
  /** `{ rule: 'sgd' }` by default. */
  readonly optimizer?: OptimizerConfig;
  /** 0 by default. */
  readonly seed?: number;
  /** Shown in errors; `embedding` by default. */
  readonly name?: string;
}

type SizeName = 'numEmbeddings' | 'embeddingDim';

const unsizedOptions: OptionRules<Omit<EmbeddingBagOptions, SizeName>> = {
  backend: 'any',
  table: 'any',
  kinds: 'any',
  pooling: poolings,
  optimizer: 'any',
  seed: 'any',
  name: 'string',
};

const bagOptions: OptionRules<EmbeddingBagOptions> = {
  ...unsizedOptions,
  numEmbeddings: 'any',
  embeddingDim: 'any',
};

const fromDenseOptions: OptionRules<Omit<EmbeddingBagOptions, SizeName> & FitOptions> = {
  ...unsizedOptions,
  matmul: 'any',
};

export type ConvertOptions = Pick<EmbeddingBagOptions, 'optimizer' | 'pooling'> &
  FitOptions & { readonly table: TableConfig };

const convertOptions: OptionRules<ConvertOptions> = {
  table: 'any',
  optimizer: 'any',
  pooling: poolings,
  matmul: 'any',
};

/**
 * One table with pooled lookups: PyTorch's `nn.EmbeddingBag`, whatever kind of table is inside.
 *
 * Work is enqueued on the backend; read the blocks it returns with `backend.read(block)`.
 */
export class EmbeddingBag implements RowSource {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly cost: TableCost;
  readonly #options: EmbeddingBagOptions;
  readonly backend: Backend;
  readonly #name: string;
  readonly #pooling: Pooling;
  readonly #optimizer: OptimizerConfig;
  readonly #pooled: TrainedTable;
  readonly #rows: TableRows;
  readonly #maintenance: TableMaintenance;
  readonly #workspace: Workspace;
  #output: Block | undefined;

  /** @throws what `cost` and the backend's `createBuffer` throw */
  constructor(options: EmbeddingBagOptions) {
    checkOptions(error, 'EmbeddingBag', options, bagOptions);
    const {
      backend,
      numEmbeddings,
      embeddingDim,
      table = { kind: 'dense' },
      optimizer = { rule: 'sgd' },
    } = options;
    const name = options.name ?? 'embedding';
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.cost = cost(table, { numEmbeddings, embeddingDim }, optimizer, options.kinds);
    this.#options = options;
    this.backend = backend;
    this.#name = name;
    this.#pooling = options.pooling ?? 'sum';
    this.#optimizer = optimizer;
    const stream = new RandomStream(options.seed ?? 0, `table/${name}`);
    const context = {
      ...{ backend, name, numEmbeddings, embeddingDim, optimizer, stream },
      training: trainingParts,
    };
    const built = kindsWith(options.kinds).create(table, context);
    this.#pooled = new TrainedTable({ backend, name, table: built, pooling: this.#pooling, optimizer });
    this.#rows = new TableRows({ backend, name, pooled: this.#pooled });
    this.#maintenance = maintenanceOf([built]);
    this.#workspace = new Workspace(backend, `${name}/output`);
  }

  /**
   * A bag whose table comes as near to the rows of `source` as its kind can: exactly for a dense one, by TT-SVD for a
   * TT, by the mean of a bucket's rows for a hash. `source` may be a bag, or `denseRows(matrix, D)`.
   *
   * @throws what the constructor throws, `embeddings/bad-rows`, `embeddings/row-not-finite`, `embeddings/bad-row-weights`
   */
  static async fromDense(
    source: RowSource,
    options: Omit<EmbeddingBagOptions, 'numEmbeddings' | 'embeddingDim'> & FitOptions,
  ): Promise<EmbeddingBag> {
    requireSource('fromDense, source', source);
    checkOptions(error, 'fromDense', options, fromDenseOptions);
    const { numEmbeddings, embeddingDim } = source;
    const { matmul, ...own } = options;
    const bag = new EmbeddingBag({ ...own, numEmbeddings, embeddingDim });
    try {
      checkSource(`table "${bag.#name}"`, source, bag);
      // A new table is lost with a source that is refused: it need not be read twice.
      await bag.#pooled.table.fit(source, { matmul });
      return bag;
    } catch (thrown) {
      bag.dispose();
      throw thrown;
    }
  }

  /**
   * A bag with the same rows in another kind of table: `tt` to `dense` to write it out, anything to `int8` to serve it, a
   * `cached` TT back to `tt`. Cores, and the parts of a hash or a hot and a cold table, are taken over directly where both
   * have them; other rows are streamed into `fit`. Of the options, what is not given is as in this bag.
   *
   * @returns the new bag, and how far its rows are from these
   * @throws what `fromDense` throws
   */
  async convert(
    options: ConvertOptions,
  ): Promise<{ readonly bag: EmbeddingBag; readonly report: ConversionReport }> {
    await this.settled();
    checkOptions(error, 'convert', options, convertOptions);
    const { matmul, ...changes } = options;
    const bag = new EmbeddingBag({ ...this.#options, ...changes });
    try {
      const [to, from] = [bag.#pooled.table, this.#pooled.table];
      const way = await takeOver(this.backend, to, from, { matmul });
      return { bag, report: await compareRows(this, bag, way) };
    } catch (thrown) {
      bag.dispose();
      throw thrown;
    }
  }

  /**
   * A bag with more rows, every old one where it was, bit for bit, with its optimizer state: those of new ids come after
   * them. They start as the rows of a new table do; in a `tt`, which gets a longer first core, as what the new slices make of
   * the old ones.
   *
   * @throws `embeddings/cannot-grow`
   */
  async grow(numEmbeddings: number): Promise<EmbeddingBag> {
    await this.settled();
    const { table = { kind: 'dense' }, kinds } = this.#options;
    const bag = new EmbeddingBag({
      ...this.#options,
      numEmbeddings,
      table: grownConfig(table, this, numEmbeddings, kinds),
    });
    try {
      await bag.loadState(stateReader(this.state(), `"${this.#name}"`), { allowGrowth: true });
      return bag;
    } catch (thrown) {
      bag.dispose();
      throw thrown;
    }
  }

  /** How the rows are stored. */
  get table(): TableConfig {
    return this.#options.table ?? { kind: 'dense' };
  }

  /** What the table trains, for inspection. */
  get parameters(): readonly TableParameter[] {
    return this.#pooled.table.parameters;
  }

  /**
   * Everything that training changes, as named tensors in the dtypes of safetensors: weights, their optimizer state, and what
   * the table keeps on the host, such as integers and their scales or the ids of a cache. Each is read when its `data` is called.
   */
  state(): StateTensor[] {
    return this.#rows.state();
  }

  /**
   * Overwrites the table with saved tensors: of a file, or of another bag by `stateReader`. Everything is checked before anything
   * is written, and a backward of an earlier forward is refused afterwards.
   *
   * @throws `embeddings/state-mismatch` for a missing or unknown tensor and another dtype or shape, `embeddings/bad-state` for
   *   values that are not finite or not what the kind writes; nothing has changed then
   */
  loadState(reader: StateReader, options?: LoadStateOptions): Promise<void> {
    return this.#rows.loadState(reader, options);
  }

  /**
   * Pools the rows of each bag.
   *
   * @param bags `indices` [L], `offsets` [B + 1]
   * @returns [B, D], valid until the next forward
   * @param options.training prepares for `backward`; true unless the kind of table only infers
   * @throws what `checkBags` throws, `embeddings/weights-with-mean`, and in training `embeddings/inference-only`
   */
  forward(bags: Bags, options: { readonly training?: boolean } = {}): Block {
    checkOptions(error, 'forward', options, { training: 'boolean' });
    const batchSize = bagCount(this.#name, bags);
    checkBags(this.#name, bags, batchSize, this.numEmbeddings);
    checkWeights(this.#name, bags, this.#pooling);
    const training = options.training ?? !this.#pooled.table.inferenceOnly;
    if (training) {
      this.#pooled.requireTrainable();
      this.#maintenance.requireSettled();
    }
    const block = wholeBlock(this.#workspace.matrix('out', batchSize, this.embeddingDim), batchSize);
    this.#pooled.forward([bags], { block, columns: [0] }, training);
    this.#output = block;
    return block;
  }

  /**
   * Trains the rows of the last forward on dL/dout: gradients are summed a row first, then each touched row takes one step.
   *
   * @param args.gradOut [B, D], on the backend or on the host
   * @throws `embeddings/backward-without-forward`, `embeddings/gradient-length`, `embeddings/gradient-not-finite`, `embeddings/bad-learning-rate`
   */
  backward(args: { readonly gradOut: Block | Float32Array; readonly learningRate: number }): void {
    checkOptions(error, 'backward', args, { gradOut: 'any', learningRate: 'any' });
    checkLearningRate(args.learningRate);
    const { learningRate } = args;
    const settings = { learningRate, step: this.#pooled.steps.upcoming };
    const use = { scratch: this.#workspace, step: stepAlone(this.#optimizer, settings) };
    const gradients = this.#gradients(args.gradOut, use);
    this.#pooled.steps.next();
    applyGradients(this.backend, gradients, this.#optimizer, settings);
    this.#maintenance.afterStep({ learningRate });
  }

  /** The gradients that `backward` would apply, without applying them. Valid until the next forward. */
  gradients(gradOut: Block | Float32Array): SparseGradient[] {
    return this.#gradients(gradOut);
  }

  #gradients(gradOut: Block | Float32Array, use?: Omit<UseAtOnce, 'each'>): SparseGradient[] {
    this.#pooled.requireForward();
    const block = this.#gradient(gradOut);
    return this.#pooled.gradients({ block, columns: [0] }, use);
  }

  /**
   * Resolves when what a step began beside its updates has ended: the refresh of a cache. Await it before you save a table, and
   * after each step if a run must give the same bits twice.
   */
  settled(): Promise<void> {
    return this.#maintenance.settled();
  }

  /** What the table's cache did since it was last asked; zeros without one. */
  takeCacheStatistics(): CacheStatistics {
    return this.#maintenance.takeStatistics();
  }

  /** One row, [D]. Counts as a forward without training, as do the three after it. */
  row(id: number): Promise<Float32Array<ArrayBuffer>> {
    return this.#rows.row(id);
  }

  /** Rows by id [L], without pooling: [L, D]. @throws `embeddings/index-out-of-range` */
  rows(ids: Uint32Array): Promise<Float32Array<ArrayBuffer>> {
    return this.#rows.rows(ids);
  }

  /** The rows start … end - 1: [end - start, D]. */
  read(start: number, end: number): Promise<Float32Array<ArrayBuffer>> {
    return this.#rows.read(start, end);
  }

  /** The table written out, [N, D], in one piece; `read` for one that is too large. */
  toDense(): Promise<Float32Array<ArrayBuffer>> {
    return this.#rows.toDense();
  }

  /** Frees every buffer of the table; so does `using bag = …`. */
  dispose(): void {
    this.#rows.dispose();
    this.#workspace.dispose();
    this.#pooled.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** dL/dout as a block, of the shape of the last output. */
  #gradient(gradOut: Block | Float32Array): Block {
    const { rows } = this.#output!;
    if (gradOut instanceof Float32Array) return this.#upload(gradOut, rows);
    checkBlock(gradOut, {
      code: 'gradient-shape',
      subject: `"${this.#name}" gradOut`,
      backend: this.backend,
      rows,
      cols: this.embeddingDim,
    });
    return gradOut;
  }

  #upload(gradOut: Float32Array, rows: number): Block {
    if (gradOut.length !== rows * this.embeddingDim) {
      throw error('gradient-length', {
        subject: `"${this.#name}" gradOut`,
        rule: `must be [${rows}, ${this.embeddingDim}], ${counted(rows * this.embeddingDim, 'number')}`,
        got: gradOut.length,
      });
    }
    // Before the first buffer: a gradient that is refused leaves no more memory taken than there was.
    if (!this.#workspace.holds('gradOut', rows, this.embeddingDim)) this.#requireFinite(gradOut);
    const buffer: DeviceBuffer = this.#workspace.matrix('gradOut', rows, this.embeddingDim);
    this.backend.write(buffer, gradOut);
    // Engines look faster than plain TypeScript, for which this was a fifth of a step of bags of one.
    if (this.backend.allFinite?.(buffer, 0, gradOut.length) !== true) this.#requireFinite(gradOut);
    return wholeBlock(buffer, rows);
  }

  #requireFinite(gradOut: Float32Array): void {
    const place = indexOfNonFinite(gradOut);
    if (place < 0) return;
    throw error('gradient-not-finite', {
      subject: `"${this.#name}" gradOut[${place}]`,
      rule: 'must be a finite number',
      got: gradOut[place],
    });
  }
}
