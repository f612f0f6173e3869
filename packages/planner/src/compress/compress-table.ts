import { checkOptions } from '@ttrec/core';
import { EmbeddingBag, type EmbeddingBagOptions, type RowSource, type TableConfig } from '@ttrec/embeddings';
import type { Matmul } from '@ttrec/tensor-train';
import ndarray from 'ndarray';
import { error } from '../error.ts';
import { chosenGenerators, measurableKinds, optionGenerators } from '../options/generators.ts';
import { pilotTT } from '../losses/pilot.ts';
import { Planner } from '../planner.ts';
import type { PilotPoint } from '../losses/tt-loss.ts';
import {
  fineTune,
  requireSteps,
  requireTrainable,
  type FineTuneOptions,
  type FineTuneReport,
} from './fine-tune.ts';
import { reconstructionReport, type ReconstructionReport } from './reconstruction-report.ts';
import type { CompressProgress } from './compress-progress.ts';

export interface CompressOptions {
  readonly backend: EmbeddingBagOptions['backend'];
  /** The config of the compressed table. */
  readonly table?: TableConfig;
  /**
   * In place of `table`: the most bytes of the compressed table, whose config is then chosen from `kinds`. For up to a million
   * numbers, TTs are judged by decompositions of the table itself, otherwise by the planner's prior.
   */
  readonly bytes?: number;
  /**
   * With `bytes`: names of the kinds to choose from. By default all but `compositional`, `low-rank`, `signed-hash` and mixed
   * dimensions, whose loss cannot be measured on the rows. With `fineTune` only kinds that can be trained.
   */
  readonly kinds?: readonly string[];
  /** The table's name in errors and tensors; `table` by default. */
  readonly name?: string;
  /** Reduces the (weighted) reconstruction error by gradient steps after the fit. */
  readonly fineTune?: FineTuneOptions;
  /** The matrix product for decompositions; plain TypeScript by default. */
  readonly matmul?: Matmul;
  readonly onProgress?: (progress: CompressProgress) => void;
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
 * @throws `planner/bad-compression` unless there is either `table` or `bytes`; `planner/not-trainable` for fine-tuning a kind
 *   that cannot be trained, before any row is fitted; the same errors as `Planner` and
 *   `EmbeddingBag.fromDense`
 */
export async function compressTable(source: RowSource, options: CompressOptions): Promise<CompressedTable> {
  checkOptions(error, 'compressTable', options, {
    backend: 'any',
    table: 'any',
    bytes: 'any',
    kinds: 'any',
    name: 'string',
    fineTune: 'any',
    matmul: 'any',
    onProgress: 'any',
  });
  const { backend, name = 'table', matmul, onProgress } = options;
  if (options.fineTune !== undefined) requireSteps(options.fineTune);
  const config = await chosenConfig(source, name, options);
  if (options.fineTune !== undefined) requireTrainable(config, source);
  const told = (phase: CompressProgress['phase']) => withProgress(source, phase, onProgress);
  const bag = await EmbeddingBag.fromDense(told('fit'), {
    backend,
    name,
    table: config,
    optimizer: { rule: options.fineTune === undefined ? 'sgd' : 'adagrad' },
    ...(matmul === undefined ? {} : { matmul }),
  });
  try {
    const fineTuned =
      options.fineTune &&
      (await fineTune(bag, source, { backend, ...options.fineTune, ...(onProgress ? { onProgress } : {}) }));
    const report = await reconstructionReport(told('measure'), bag);
    return {
      bag,
      config,
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

/** The most numbers of a table that is decomposed at several ranks before its kind is chosen; takes seconds. */
const PILOT_ENTRIES = 2 ** 20;

async function chosenConfig(
  source: RowSource,
  name: string,
  { table, bytes, kinds, fineTune, matmul }: CompressOptions,
): Promise<TableConfig> {
  if ((table === undefined) === (bytes === undefined)) {
    throw error('bad-compression', {
      subject: `table "${name}"`,
      rule: 'needs either a config or bytes to fit it to',
      got: table === undefined ? 'neither' : 'both',
    });
  }
  if (table !== undefined) return table;
  const { numEmbeddings, embeddingDim, weights } = source;
  const trainable = fineTune !== undefined;
  // Check kinds before the pilot, which takes long.
  chosenGenerators(optionGenerators, { kinds, serving: !trainable });
  const isSmall = numEmbeddings * embeddingDim <= PILOT_ENTRIES;
  // The planner rejects weights of another length, and names the table.
  const isCounted = weights === undefined || weights.length === numEmbeddings;
  const pilot = kinds?.length !== 1 && isSmall && isCounted ? await pilotOf(source, matmul) : [];
  // Without weights all rows count equally.
  const feature = { name, numEmbeddings, ...(weights ? { counts: weights } : { zipf: 0 }), pilot };
  const planner = new Planner([feature], {
    embeddingDim,
    purpose: trainable ? 'training' : 'serving',
    kinds: kinds ?? measurableKinds({ trainable }),
  });
  return planner.planTable(name, bytes!).config;
}

/** What TTs of the rows themselves lose; empty if the rows have values that are not finite. */
async function pilotOf(source: RowSource, matmul: Matmul | undefined): Promise<PilotPoint[]> {
  const { numEmbeddings, embeddingDim, weights } = source;
  const rows = Float64Array.from(await source.read(0, numEmbeddings));
  // The fit rejects values that are not finite, and names their row.
  if (!rows.every(Number.isFinite)) return [];
  return pilotTT(ndarray(rows, [numEmbeddings, embeddingDim]), {
    ...(weights?.some((weight) => weight > 0) ? { counts: weights } : {}),
    ...(matmul ? { matmul } : {}),
  });
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
    ...(source.weights ? { weights: source.weights } : {}),
    read(start, end) {
      done += end - start;
      onProgress({ phase, done, total: source.numEmbeddings });
      return source.read(start, end);
    },
  };
}
