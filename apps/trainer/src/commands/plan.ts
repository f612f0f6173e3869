import { dirname, resolve } from 'node:path';
import { openDataset } from '@ttrec/data';
import type { OptimizerConfig } from '@ttrec/embeddings';
import { parseConfig } from '../config/parse-config.ts';
import { readJsonFile } from '../config/read-json-file.ts';
import { trainConfigSchema } from '../config/train-config.ts';
import { error } from '../error.ts';
import { planOptimizer, planPreset, type PlannedModel, type PresetPlan } from '../plan/plan-tables.ts';
import { modelConfig } from '../run/build-model.ts';
import { summarise, tableRows, type TableRow } from '../run/tables-summary.ts';
import { formatBytes, formatCompression, formatCount, formatTable } from '../terminal/format.ts';
import { createOutput } from '../terminal/output.ts';

export interface PlanFlags extends Partial<PresetPlan> {
  readonly json?: boolean;
}

/** `ttrec plan`: what the tables of a preset, or of a training config, cost. Allocates none of them. */
export async function plan(configPath: string | undefined, flags: PlanFlags): Promise<void> {
  const output = createOutput({ json: flags.json ?? false });
  const { embeddingDim, tables, optimizer } = await plannedModel(configPath, flags);
  const rows = tableRows(tables, embeddingDim, optimizer);
  const summary = summarise(rows);
  output.result(planTable(rows));
  output.result(
    `\nembedding tables: ${formatCount(summary.parameters)} parameters, ${formatBytes(summary.bytes)}` +
      ` (${formatBytes(summary.trainingBytes)} in training with ${optimizer.rule}); dense: ${formatBytes(summary.denseBytes)}` +
      `\ncompression ${formatCompression(summary.compression)}`,
  );
  output.record({ ...summary, embeddingDim, optimizer: optimizer.rule, tables: rows });
}

async function plannedModel(
  configPath: string | undefined,
  flags: PlanFlags,
): Promise<PlannedModel & { readonly optimizer: OptimizerConfig }> {
  const { preset, ttTables = 0, rank = 32, cores = 3, embeddingDim } = flags;
  if ((configPath === undefined) === (preset === undefined)) {
    throw error('bad-plan', { subject: 'plan', rule: 'needs a config file or --preset, one of the two' });
  }
  if (preset !== undefined) {
    const dim = embeddingDim === undefined ? {} : { embeddingDim };
    return { ...planPreset({ preset, ttTables, rank, cores, ...dim }), optimizer: planOptimizer };
  }
  refusePresetFlags(flags);
  const path = resolve(configPath!);
  const config = parseConfig(trainConfigSchema, await readJsonFile(path), path);
  const dataset = await openDataset(config.data, { seed: config.seed, baseDirectory: dirname(path) });
  const { tables, optimizer } = modelConfig(config, dataset);
  return { embeddingDim: config.model.embeddingDim, tables, optimizer: optimizer.embeddings };
}

/** The config says how its tables are stored: a flag that changed nothing would mislead. */
function refusePresetFlags({ ttTables, rank, cores, embeddingDim }: PlanFlags): void {
  const given = {
    '--tt-tables': ttTables,
    '--rank': rank,
    '--cores': cores,
    '--embedding-dim': embeddingDim,
  };
  const flag = Object.entries(given).find(([, value]) => value !== undefined);
  if (!flag) return;
  throw error('bad-plan', {
    subject: flag[0],
    rule: 'goes with --preset, not with a config file',
    got: flag[1],
  });
}

function planTable(rows: readonly TableRow[]): string {
  const header = [
    'table',
    'rows',
    'kind',
    'parameters',
    'bytes',
    'in training',
    'dense',
    'multiply-adds/row',
  ];
  return formatTable(
    header,
    rows.map((row) => [
      row.name,
      formatCount(row.numEmbeddings),
      row.kind,
      formatCount(row.parameters),
      formatBytes(row.bytes),
      formatBytes(row.trainingBytes),
      formatBytes(row.denseBytes),
      formatCount(row.multiplyAddsPerLookup),
    ]),
  );
}
