import { checkOptions } from '@ttrec/core';
import { EmbeddingBag, type EmbeddingBagOptions, type RowSource, type TableConfig } from '@ttrec/embeddings';
import type { Matmul } from '@ttrec/tensor-train';
import ndarray from 'ndarray';
import { error } from '../error.ts';
import { chosenGenerators, measurableKinds, optionGenerators } from '../generators.ts';
import { pilotTrains } from '../pilot.ts';
import { Planner } from '../planner.ts';
import type { PilotPoint } from '../train-loss.ts';
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
  /** How to store the table. */
  readonly table?: TableConfig;
  /**
   * Or: at most so many bytes, in the best way of the kinds allowed. Where several are, and the table has no more than a million
   * numbers, its own decompositions tell what trains lose; of a larger one the prior does.
   */
  readonly bytes?: number;
  /**
   * Names of the kinds to choose from, with `bytes`. By default all whose loss the rows tell: `compositional`, `low-rank`,
   * `signed-hash` and mixed dimensions, known by a prior of what training would find, have to be named. With `fineTune` only
   * kinds that can be trained.
   */
  readonly kinds?: readonly string[];
  /** Shown in errors, and by which tensors are named; `table` by default. */
  readonly name?: string;
  /** Improves what TT-SVD gave by gradient steps on the (weighted) reconstruction. */
  readonly fineTune?: FineTuneOptions;
  /** The matrix product of decompositions; plain TypeScript by default. */
  readonly matmul?: Matmul;
  readonly onProgress?: (progress: CompressProgress) => void;
}

export interface CompressedTable {
  /** On the backend, ready to look rows up. The caller disposes it. */
  readonly bag: EmbeddingBag;
  readonly config: TableConfig;
  readonly bytes: number;
  readonly denseBytes: number;
  /** How near the rows came, all of them read once more. */
  readonly report: ReconstructionReport;
  /** Of fine-tuning, if it was asked for. */
  readonly fineTuned?: FineTuneReport;
}

/**
 * Stores the rows of a trained table in another way, as near to them as that way can come: by row weights, where the source has
 * any. Rows are read in blocks, two or three times over; a tensor train of a source that reads at once never holds them.
 *
 * @throws `planner/bad-compression` unless there is either `table` or `bytes`; `planner/not-trainable` for fine-tuning a kind
 *   that cannot be trained, before any row is fitted; what `Planner`, `EmbeddingBag.fromDense` and `fineTune` throw
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

/** Entries of a table that is decomposed at some ranks before its kind is chosen: 1M, a few seconds. */
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
  // Before the rows are decomposed for nothing.
  chosenGenerators(optionGenerators, { kinds, serving: !trainable });
  const isSmall = numEmbeddings * embeddingDim <= PILOT_ENTRIES;
  // Weights that are not one a row are refused by the planner, which names the table.
  const isCounted = weights === undefined || weights.length === numEmbeddings;
  const pilot = kinds?.length !== 1 && isSmall && isCounted ? await pilotOf(source, matmul) : [];
  // Without weights all rows count alike, and not by the law of ids of a log.
  const feature = { name, numEmbeddings, ...(weights ? { counts: weights } : { zipf: 0 }), pilot };
  const planner = new Planner([feature], {
    embeddingDim,
    purpose: trainable ? 'training' : 'serving',
    kinds: kinds ?? measurableKinds({ trainable }),
  });
  return planner.planTable(name, bytes!).config;
}

/** What trains of the rows themselves lose, in the place of what is assumed of trains. */
async function pilotOf(source: RowSource, matmul: Matmul | undefined): Promise<PilotPoint[]> {
  const { numEmbeddings, embeddingDim, weights } = source;
  const rows = Float64Array.from(await source.read(0, numEmbeddings));
  // What is not finite is refused where the table is made, by its row.
  if (!rows.every(Number.isFinite)) return [];
  return pilotTrains(ndarray(rows, [numEmbeddings, embeddingDim]), {
    ...(weights?.some((weight) => weight > 0) ? { counts: weights } : {}),
    ...(matmul ? { matmul } : {}),
  });
}

/** The same source, telling after each block how many rows were read. */
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
