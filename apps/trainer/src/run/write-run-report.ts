import { writeFileAtomic } from '@ttrec/tensor-files';
import type { DatasetSchema } from '@ttrec/data';
import { chooseTables } from '@ttrec/training';
import { type FinalRecord, tableRows } from '@ttrec/training/records';
import type { TrainConfig } from '@ttrec/training/config';
import { readRecords, type RunFiles } from '@ttrec/training/run-folder';
import type { ReportInput, ReportRun } from '../report/report-input.ts';

/** A run whose records are in its folder. */
export interface RecordedRun {
  readonly name: string;
  readonly config: TrainConfig;
  readonly files: RunFiles;
}

/** Renders what the records of some runs say into one page. */
export async function writeRunReport(args: {
  readonly path: string;
  readonly title: string;
  readonly runs: readonly RecordedRun[];
  readonly schema: DatasetSchema;
  readonly config: unknown;
}): Promise<void> {
  const { path, title, runs, schema, config } = args;
  const { renderReport } = await import('../report/render-report.ts');
  const input: ReportInput = {
    title,
    generatedAt: new Date().toISOString(),
    runs: await Promise.all(runs.map(reportRun)),
    tables: runs.map((run) => ({ run: run.name, rows: tablesOf(run.config, schema) })),
    config,
  };
  await writeFileAtomic(path, [new TextEncoder().encode(renderReport(input))]);
}

async function reportRun({ name, files }: RecordedRun): Promise<ReportRun> {
  const records = await readRecords(files);
  const final = records.findLast((record): record is FinalRecord => record.type === 'final');
  return { name, records, final };
}

function tablesOf({ model, training, kinds }: TrainConfig, schema: DatasetSchema) {
  return tableRows(chooseTables(schema, model.tables, kinds?.kinds), model.embeddingDim, {
    rule: training.optimizer.embeddings.rule,
  });
}
