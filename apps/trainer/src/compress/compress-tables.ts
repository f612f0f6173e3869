import { createReadStream, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Dataset } from '@ttrec/data';
import type { RowSource } from '@ttrec/embeddings';
import type { CompressedTable } from '@ttrec/embeddings/compress';
import { Planner, type ModelPlan, type PlanFeature } from '@ttrec/planner';
import { writeFileAtomic } from '@ttrec/tensor-files';
import { evaluate } from '@ttrec/training';
import type { Metrics } from '@ttrec/training/records';
import { MAX_NAME, type TrainConfig } from '@ttrec/training/config';
import { refuseLocked } from '@ttrec/training/checkpoints';
import {
  buildRunModel,
  copyModel,
  openRun,
  openStoredModel,
  requireSameEncoding,
  saveEncoding,
  saveWholeRun,
  startRun,
  testedCheckpoint,
  trainedWith,
  type ClaimedRun,
  type Run,
} from '@ttrec/training/run-folder';
import { tableHeaderBytes } from '../plan/header-bytes.ts';
import { generatorsOf } from '../plan/own-kinds.ts';
import { planFeatures } from '../plan/plan-features.ts';
import { planModelFile } from '../plan/plan-model.ts';
import { openRunData } from '../run/open-run-data.ts';
import { formatBytes, formatMetric, formatPath, formatTable } from '../terminal/format.ts';
import { compressRows } from './compress-rows.ts';
import type { CompressJob } from './compress-run.ts';

/** What a table of the run became. */
interface StoredTable extends Pick<CompressedTable, 'config' | 'bytes' | 'denseBytes' | 'report'> {
  readonly table: string;
}

/** Everything that compressing a run is done with. */
interface Work {
  readonly job: CompressJob;
  readonly run: Run;
  readonly dataset: Dataset;
  readonly features: readonly PlanFeature[];
  readonly checkpoint: string;
}

/**
 * Plans every table of a run for a model file of so many bytes and compresses it, into a run folder of its own: for serving, where tables
 * may be integers, or with kinds that train if steps of fine-tuning are asked for. Tests the model before and after.
 *
 * @throws `planner/budget-too-small`, and what opening the run and its data throws
 */
export async function compressTables(job: CompressJob): Promise<object> {
  const { input, output, out, options } = job;
  const run = await openRun(resolve(input), { loadedKinds: options.kinds });
  await refuseLocked(run.files.folder);
  const dataset = await openRunData(run, output);
  await requireSameEncoding(dataset, run.files);
  const { config, baseDirectory, from } = run;
  const features = await planFeatures(config.data, dataset);
  const checkpoint = await testedCheckpoint(run.files);
  const target = await startRun({
    config,
    baseDirectory,
    out: out ?? `${resolve(input)}-compressed`,
    from,
  });
  try {
    return await compressInto(target, { job, run, dataset, features, checkpoint });
  } finally {
    await target.claim.release();
  }
}

async function compressInto(target: ClaimedRun, work: Work): Promise<object> {
  const { job, run, dataset, checkpoint } = work;
  const { options, output } = job;
  const { model, step } = await openStoredModel(run, options.backend, { checkpoint, training: false });
  const compressed = new Map<string, CompressedTable>();
  try {
    const before = await testMetrics(model, dataset);
    const plan = planOf(work);
    for (const { name, config } of plan.tables) {
      const rows = weightedRows(model.embeddings.table(name), work.features, name);
      const given = { ...options, table: config, budget: undefined, name };
      compressed.set(name, await compressRows(rows, given));
    }
    model.dispose();
    const config = withTables(run.config, plan);
    const after = await save({ ...target, config }, work, compressed);
    const tables = [...compressed].map(([table, each]): StoredTable => ({ table, ...each }));
    output.result(textOf(tables, { before, after }));
    output.result(`\nrun    ${formatPath(target.files.folder)}`);
    return {
      type: 'compressed',
      runFolder: target.files.folder,
      step,
      bytes: plan.bytes,
      tables: tables.map(({ table, config: stored, bytes, denseBytes, report }) => ({
        table,
        config: stored,
        bytes,
        denseBytes,
        relativeError: report.relativeError,
      })),
      before,
      after,
    };
  } finally {
    model.dispose();
    for (const { bag } of compressed.values()) bag.dispose();
  }
}

function planOf({ job: { options }, run, dataset, features }: Work): ModelPlan {
  const { budget, kinds, fineTune, backend } = options;
  const model = buildRunModel(backend, run.config, dataset);
  const { config } = model;
  model.dispose();
  const planner = new Planner(features, {
    embeddingDim: config.embeddingDim,
    optimizer: config.optimizer.embeddings,
    purpose: fineTune === undefined ? 'serving' : 'training',
    overheadBytes: tableHeaderBytes,
    kinds: budget!.kinds,
    generators: generatorsOf(kinds),
  });
  return planModelFile(planner, config, budget!.bytes).plan;
}

/** The rows of a table, weighted by how often the training rows read them. */
function weightedRows(rows: RowSource, features: readonly PlanFeature[], name: string): RowSource {
  const { counts, zipf = 0 } = features.find((feature) => feature.name === name)!;
  const { numEmbeddings, embeddingDim } = rows;
  const weights = counts
    ? Float64Array.from(counts)
    : Float64Array.from({ length: numEmbeddings }, (_, id) => (id + 1) ** -zipf);
  const isRead = weights.some((count) => count > 0);
  return {
    numEmbeddings,
    embeddingDim,
    read: (start, end) => rows.read(start, end),
    ...(isRead && { weights }),
  };
}

/** Writes the run, and returns its test metrics. */
async function save(
  target: ClaimedRun,
  { job, run, dataset, checkpoint }: Work,
  compressed: ReadonlyMap<string, CompressedTable>,
): Promise<Metrics | undefined> {
  const { files, config } = target;
  const { backend } = job.options;
  let metrics: Metrics | undefined;
  await saveWholeRun(target, 'compress', async () => {
    await saveEncoding(dataset, files);
    // Training goes on with the records so far; those after the checkpoint are dropped then.
    const records = existsSync(run.files.metrics) ? createReadStream(run.files.metrics) : [];
    await writeFileAtomic(files.metrics, records);
    const model = buildRunModel(backend, config, dataset);
    try {
      await copyModel({
        from: run.files.folder,
        checkpoint,
        to: files.folder,
        model,
        found: { config: run.config, encoding: dataset.encoding, data: dataset },
        trainedWith: trainedWith(config, dataset),
        replaced: [...compressed].map(([table, { bag: by }]) => ({ table, by })),
      });
      metrics = await testMetrics(model, dataset);
    } finally {
      model.dispose();
    }
  });
  return metrics;
}

/** Undefined where no rows are held out. */
async function testMetrics(
  model: Parameters<typeof evaluate>[0],
  dataset: Dataset,
): Promise<Metrics | undefined> {
  return dataset.rows.test > 0 ? (await evaluate(model, dataset, 'test')).metrics : undefined;
}

function withTables(config: TrainConfig, { tables }: ModelPlan): TrainConfig {
  const byName = Object.fromEntries(tables.map((table) => [table.name, table.config]));
  return {
    ...config,
    name: `${config.name}-compressed`.slice(-MAX_NAME),
    model: { ...config.model, tables: { default: { kind: 'dense' }, byName } },
  };
}

function textOf(
  tables: readonly StoredTable[],
  { before, after }: Readonly<Record<'before' | 'after', Metrics | undefined>>,
): string {
  const stored = formatTable(
    ['table', 'stored as', 'bytes', 'dense', 'relative error'],
    tables.map(({ table, config, bytes, denseBytes, report }) => [
      table,
      JSON.stringify(config),
      formatBytes(bytes),
      formatBytes(denseBytes),
      report.relativeError.toPrecision(3),
    ]),
  );
  const metric = (name: string, { logLoss, auc }: Metrics) =>
    `${name.padEnd(7)}log-loss ${formatMetric(logLoss)}, AUC ${formatMetric(auc)} on the test rows`;
  if (before === undefined || after === undefined) return stored;
  return `${stored}\n\n${metric('before', before)}\n${metric('after', after)}`;
}
