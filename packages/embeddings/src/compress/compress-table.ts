import type { Backend } from '@ttrec/backend';
import { checkObject, checkOptions } from '@ttrec/core/options';
import type { Matmul } from '@ttrec/tensor-train';
import { EmbeddingBag } from '../embedding-bag.ts';
import { error } from '../error.ts';
import type { RowSource } from '../rows/row-source.ts';
import type { TableConfig } from '../table/config/table-config.ts';
import type { TableKind } from '../table/kind/table-kind.ts';
import type { CompressProgress } from './compress-progress.ts';
import {
  fineTune,
  requireSteps,
  requireTrainable,
  type FineTuneOptions,
  type FineTuneReport,
} from './fine-tune.ts';
import { reconstructionReport, type ReconstructionReport } from './reconstruction-report.ts';

export interface CompressOptions {
  readonly backend: Backend;
  /** The config of the compressed table; `chooseTable` of @ttrec/planner chooses one for a number of bytes. */
  readonly table: TableConfig;
  /** Kinds of your own that the config names. */
  readonly kinds?: readonly TableKind[] | undefined;
  /** The table's name in errors and tensors; `table` by default. */
  readonly name?: string;
  /** Reduces the (weighted) reconstruction error by gradient steps after the fit. */
  readonly fineTune?: FineTuneOptions | undefined;
  /** The matrix product for decompositions; plain TypeScript by default. */
  readonly matmul?: Matmul | undefined;
  readonly onProgress?: ((progress: CompressProgress) => void) | undefined;
}

export interface CompressedTable {
  /** The compressed table on the backend. The caller disposes it. */
  readonly bag: EmbeddingBag;
  readonly config: TableConfig;
  readonly bytes: number;
  readonly denseBytes: number;
  /** The reconstruction error over all rows. */
  readonly report: ReconstructionReport;
  /** Set with `fineTune`. */
  readonly fineTuned?: FineTuneReport;
}

/**
 * Compresses a trained table: fits a table of another kind to its rows, weighted if the source has row weights. Rows are read
 * in blocks, two or three times. Fitting a TT to a source with a synchronous `read` never holds the whole table.
 *
 * @throws `embeddings/not-trainable` for fine-tuning a kind that cannot be trained, before any row is fitted; the same errors as
 *   `EmbeddingBag.fromDense`
 */
export async function compressTable(source: RowSource, options: CompressOptions): Promise<CompressedTable> {
  checkOptions(error, 'compressTable', options, {
    backend: 'any',
    table: 'any',
    kinds: 'any',
    name: 'string',
    fineTune: 'any',
    matmul: 'any',
    onProgress: 'any',
  });
  const { backend, table, kinds, name = 'table', matmul, onProgress } = options;
  checkObject(error, 'bad-option', 'compressTable, table', table);
  if (options.fineTune !== undefined) {
    requireSteps(options.fineTune);
    requireTrainable(table, source, kinds);
  }
  const told = (phase: CompressProgress['phase']) => withProgress(source, phase, onProgress);
  const bag = await EmbeddingBag.fromDense(told('fit'), {
    backend,
    name,
    table,
    kinds,
    optimizer: { rule: options.fineTune === undefined ? 'sgd' : 'adagrad' },
    matmul,
  });
  try {
    const fineTuned = options.fineTune && (await fineTune(bag, source, { ...options.fineTune, onProgress }));
    const report = await reconstructionReport(told('measure'), bag);
    return {
      bag,
      config: table,
      bytes: bag.cost.bytes,
      denseBytes: 4 * source.numEmbeddings * source.embeddingDim,
      report,
      ...(fineTuned ? { fineTuned } : {}),
    };
  } catch (thrown) {
    bag.dispose();
    throw thrown;
  }
}

/** The same source, reporting after each block how many rows were read. */
function withProgress(
  source: RowSource,
  phase: CompressProgress['phase'],
  onProgress: CompressOptions['onProgress'],
): RowSource {
  if (onProgress === undefined) return source;
  let done = 0;
  return {
    numEmbeddings: source.numEmbeddings,
    embeddingDim: source.embeddingDim,
    weights: source.weights,
    read(start, end) {
      done += end - start;
      onProgress({ phase, done, total: source.numEmbeddings });
      return source.read(start, end);
    },
  };
}
