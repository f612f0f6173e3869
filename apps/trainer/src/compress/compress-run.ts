import { createReadStream, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeFileAtomic } from '@ttrec/tensor-files';
import { loadCheckpoint, refuseLocked } from '@ttrec/training/checkpoints';
import {
  buildRunModel,
  copyModel,
  modelFiles,
  openRun,
  requireSameEncoding,
  saveEncoding,
  saveWholeRun,
  startRun,
  testedCheckpoint,
  trainedWith,
  type ClaimedRun,
  type Run,
} from '@ttrec/training/run-folder';
import type { Dataset } from '@ttrec/data';
import type { CompressedTable } from '@ttrec/embeddings/compress';
import { chooseTables } from '@ttrec/training';
import { inFileName, MAX_NAME, type TrainConfig } from '@ttrec/training/config';
import { error } from '../error.ts';
import { planFeatures } from '../plan/plan-features.ts';
import { openRunData } from '../run/open-run-data.ts';
import { formatPath } from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';
import { compressRows, type CompressRowsOptions } from './compress-rows.ts';
import { openMatrix } from './open-matrix.ts';
import { compressText } from './compress-text.ts';

/** What both ways of compressing are given. */
export interface CompressJob {
  /** A file, or a run folder. */
  readonly input: string;
  readonly options: CompressRowsOptions;
  readonly weights: Float64Array | undefined;
  readonly output: Output;
  readonly table?: string | undefined;
  readonly out?: string | undefined;
  /** Files that are read. */
  readonly inputs: readonly string[];
  /** Whether a file that is there may be replaced. */
  readonly force: boolean;
}

/**
 * Compresses one table of a run into a run folder of its own, which `ttrec evaluate` tests and `train --resume` goes on
 * with. The weights of its rows are how often the training rows read them, unless others are given.
 *
 * @throws `trainer/no-such-table`, `trainer/not-dense`, and what opening the run and its data throws
 */
export async function compressRun(job: CompressJob): Promise<object> {
  const { input, output, table, out } = job;
  const run = await openRun(resolve(input), { loadedKinds: job.options.kinds });
  // Its checkpoints come and go while it trains.
  await refuseLocked(run.files.folder);
  const dataset = await openRunData(run, output);
  await requireSameEncoding(dataset, run.files);
  const name = tableOf(run, dataset, table);
  const { baseDirectory, from } = run;
  const target = await startRun({
    config: run.config,
    baseDirectory,
    out: out ?? `${resolve(input)}-${inFileName(name)}`,
    from,
  });
  try {
    return await compressInto(target, { job, run, dataset, name });
  } finally {
    await target.claim.release();
  }
}

async function compressInto(
  target: ClaimedRun,
  args: {
    readonly job: CompressJob;
    readonly run: Run;
    readonly dataset: Dataset;
    readonly name: string;
  },
): Promise<object> {
  const { job, run, dataset, name } = args;
  const { options, weights, output } = job;
  const { folder } = target.files;
  const checkpoint = await loadCheckpoint(run.files.folder, await testedCheckpoint(run.files));
  await checkpoint.close();
  const counts = weights ?? (await readsOf(run.config, dataset, name));
  const { rows } = await openMatrix(
    join(checkpoint.path, modelFiles.weights),
    `table.${name}.weight`,
    counts,
  );
  try {
    const compressed = await compressRows(rows, { ...options, name });
    const { config, bytes, denseBytes, report, fineTuned } = compressed;
    output.result(compressText(name, compressed));
    await saveCompressed({ run, target, dataset, checkpoint: checkpoint.name, name, compressed, options });
    output.result(`\nrun    ${formatPath(folder)}`);
    return {
      type: 'compressed',
      runFolder: folder,
      table: name,
      config,
      bytes,
      denseBytes,
      ...report,
      fineTuned,
    };
  } finally {
    rows.close();
  }
}

/** The run as it was, but for one table. */
async function saveCompressed(args: {
  readonly run: Run;
  readonly target: ClaimedRun;
  readonly dataset: Dataset;
  readonly checkpoint: string;
  readonly name: string;
  readonly compressed: CompressedTable;
  readonly options: CompressJob['options'];
}): Promise<void> {
  const { run, target, dataset, checkpoint, name, compressed, options } = args;
  const { backend } = options;
  const { files } = target;
  const config = withTable(run.config, name, compressed);
  await saveWholeRun({ ...target, config }, 'compress', async () => {
    await saveEncoding(dataset, files);
    // Training goes on with the records so far; those after the checkpoint are dropped then.
    await writeFileAtomic(
      files.metrics,
      existsSync(run.files.metrics) ? createReadStream(run.files.metrics) : [],
    );
    const model = buildRunModel(backend, config, dataset);
    try {
      await copyModel({
        from: run.files.folder,
        checkpoint,
        to: files.folder,
        model,
        found: { config: run.config, encoding: dataset.encoding, data: dataset },
        trainedWith: trainedWith(config, dataset),
        replaced: [{ table: name, by: compressed.bag }],
      });
    } finally {
      model.dispose();
    }
  });
}

function withTable(config: TrainConfig, name: string, { config: table }: CompressedTable): TrainConfig {
  const { tables } = config.model;
  const byName = { ...tables.byName, [name]: table };
  return {
    ...config,
    name: `${config.name}-${inFileName(name)}`.slice(-MAX_NAME),
    model: { ...config.model, tables: { ...tables, byName } },
  };
}

/** The table that is named, which must be dense; the largest of the dense ones when none is. */
function tableOf({ config, files }: Run, { schema }: Dataset, wanted: string | undefined): string {
  const tables = chooseTables(schema, config.model.tables, config.kinds?.kinds);
  const dense = tables.filter((table) => table.config.kind === 'dense');
  const names = dense.map((table) => table.name);
  if (wanted === undefined && dense.length > 0) {
    return dense.reduce((a, b) => (b.numEmbeddings > a.numEmbeddings ? b : a)).name;
  }
  if (wanted !== undefined && names.includes(wanted)) return wanted;
  throw error('not-dense', {
    subject: `${files.folder}, --table`,
    rule: `must name a table that the run has dense: ${names.join(', ') || 'there is none'}`,
    got: wanted ?? 'nothing',
  });
}

/** How often the training rows read each id; undefined for a made-up stream, which goes by its law. */
async function readsOf(config: TrainConfig, dataset: Dataset, name: string): Promise<Float64Array> {
  const feature = (await planFeatures(config.data, dataset)).find((each) => each.name === name)!;
  const { counts, numEmbeddings, zipf = 0 } = feature;
  return counts
    ? Float64Array.from(counts)
    : Float64Array.from({ length: numEmbeddings }, (_, id) => (id + 1) ** -zipf);
}
