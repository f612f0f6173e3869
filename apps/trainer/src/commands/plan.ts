import { Command, Option } from '@commander-js/extra-typings';
import { dirname, resolve } from 'node:path';
import type { OptimizerConfig } from '@ttrec/embeddings';
import { summarise, type TableRow, tableRows } from '@ttrec/training/records';
import { metrics } from '@ttrec/planner/measure';
import { MAX_CORES, MAX_RANK } from '@ttrec/embeddings/configs';
import { compareConfigSchema, trainConfigSchema, type TrainConfig } from '@ttrec/training/config';
import { readConfig, readJsonFile, runModelConfig } from '@ttrec/training/run-folder';
import { isComparison } from '../config/read-train-config.ts';
import { usageError } from '../error.ts';
import { networks } from '@ttrec/planner';
import { denseWeightBytes } from '@ttrec/dlrm/layers';
import { measuredStep } from '../plan/measured-step.ts';
import { planWorkers, type SharedModel, type WorkersOptions } from '../plan/plan-workers.ts';
import { planBudget } from '../plan/plan-budget.ts';
import { placedRows, type TablePlacement } from '../plan/table-placement.ts';
import { planOptimizer, planPreset, type PlannedModel } from '../plan/plan-tables.ts';
import { openRunData } from '../run/open-run-data.ts';
import { comparedConfigs } from '../run/compared-configs.ts';
import {
  backendOption,
  forceOption,
  jsonOption,
  kindsFromOption,
  shardedTablesOption,
  workerMemoryOption,
  type OptionsOf,
} from '../options/shared-options.ts';
import { bytes, integerBetween, list, natural, path, positive, rate, seconds } from '../options/values.ts';
import { formatBytes, formatCompression, formatCount, formatTable } from '../terminal/format.ts';
import { createOutput, type Output } from '../terminal/output.ts';

const declared = () =>
  new Command('plan')
    .description('price the tables of a config or a preset, or choose tables for a budget')
    .argument('[config]', 'config file (JSON)', path)
    .option('--preset <name>', 'criteo-kaggle or criteo-terabyte, in place of a config')
    .option(
      '--budget <size>',
      'choose tables so that the model takes at most this, such as 20MB or 16MiB',
      bytes,
    )
    .option(
      '--data <file>',
      'with --budget: read this file in place of the one in the config; without a config, a file in Criteo format',
      path,
    )
    .option('--out <file>', 'with --budget: write a config with the chosen tables, for ttrec train', path)
    .addOption(forceOption())
    .option('--explain', 'with --budget: print why each table is stored as it is')
    .option('--frontier <file>', 'with --budget: print expected loss by bytes, and write it as a page', path)
    .option(
      '--measure <time>',
      'with --budget: choose by training candidates on the rows for so long, such as 10m or 90s',
      seconds,
    )
    .option(
      '--trials <count>',
      'with --budget: the same for the work of so many whole trainings, with the same result on every machine',
      positive,
    )
    .addOption(
      new Option(
        '--metric <metric>',
        'with --measure or --trials: what validation rows are scored by (default: auc)',
      ).choices(metrics),
    )
    .option(
      '--measurements <file>',
      'with --measure or --trials: keep what is measured in this file, and go on from what it holds',
      path,
    )
    .option('--kinds <kinds>', 'with --budget: kinds to choose from, such as dense,tt,hash', list)
    .option('--max-multiply-adds <count>', 'with --budget: limit of multiply-adds per row', natural)
    .option('--serving', 'with --budget: also allow tables that cannot be trained')
    .option('--tt-tables <count>', 'with --preset: how many of the largest tables are tensor trains', natural)
    .option('--rank <rank>', 'with --preset: their TT-rank', integerBetween(1, MAX_RANK))
    .option('--cores <count>', 'with --preset: their number of TT-cores', integerBetween(1, MAX_CORES))
    .option('--embedding-dim <dim>', 'embedding dimension, if no config gives it', positive)
    .option(
      '--workers <count>',
      'print where tables live on so many workers, and what each sends in a step',
      positive,
    )
    .addOption(shardedTablesOption())
    .addOption(workerMemoryOption())
    .option(
      '--batch-size <rows>',
      'with --workers: rows per step (default: that of the config, or 2048)',
      positive,
    )
    .addOption(
      new Option(
        '--network <name>',
        'with --workers: the most that more workers gain on this network, with --measured or --step-ms',
      ).choices(Object.keys(networks)),
    )
    .option(
      '--step-ms <ms>',
      'with --network: measured milliseconds of a step with --workers threads:1',
      rate,
    )
    .option(
      '--repeated-ms <ms>',
      'with --step-ms: of these, milliseconds in updates that all workers repeat, as train prints their share (default: 0)',
      rate,
    )
    .option(
      '--measured <run>',
      'with --network: take the times of --step-ms and --repeated-ms from this run, which --workers threads:1 trained with the same model, data and batches',
      path,
    )
    .addOption(kindsFromOption())
    .addOption(backendOption('show which tables this engine keeps on its device, and which on the host'))
    .addOption(jsonOption());

export type PlanFlags = OptionsOf<typeof declared>;

export const planCommand = () => declared().action(plan);

interface PricedModel extends PlannedModel, SharedModel {
  readonly optimizer: OptimizerConfig;
  /** Where workers keep tables, as the config says. */
  readonly placement?: Pick<WorkersOptions, 'shardedTables' | 'workerMemory'>;
  /** What it would be trained with; undefined for a preset. */
  readonly trained?: TrainConfig;
  /** Of a comparison: which of its variants this is. */
  readonly variant?: string;
}

/** Rows of a batch where no config says. */
const BATCH_SIZE = 2048;

/**
 * `ttrec plan`: what the tables of a preset, or of a config for `train` or `compare`, cost; with a budget, how to store them so
 * that they fit it. Allocates none of them.
 */
export async function plan(configPath: string | undefined, flags: PlanFlags): Promise<void> {
  const output = createOutput({ json: flags.json ?? false });
  const { budget } = flags;
  if (budget !== undefined) {
    requireSource(configPath, flags);
    refuseFlags(
      flags,
      { ...priceFlags, ...placementFlags },
      'goes without --budget, which chooses for itself',
    );
    output.record(await planBudget(configPath, { ...flags, budget }, output));
    return;
  }
  refuseFlags(flags, budgetFlags, 'goes with --budget');
  requireWorkers(flags);
  if ((configPath === undefined) === (flags.preset === undefined)) {
    throw usageError('bad-plan', {
      subject: 'plan',
      rule: 'needs a config file or --preset, one of the two',
    });
  }
  if (configPath === undefined) {
    refuseFlags(flags, { measured: '--measured' }, 'goes with a config file, whose model the run trained');
    output.record(await priced(presetModel(flags), flags, output));
    return;
  }
  refuseFlags(flags, presetFlags, 'goes with --preset, not with a config file');
  const models = await configModels(resolve(configPath), flags, output);
  const records: object[] = [];
  for (const model of models) records.push(await priced(model, flags, output));
  output.record(models[0]?.variant === undefined ? records[0] : { variants: records });
}

/** Prints the price of a model's tables and returns its record. */
async function priced(
  model: PricedModel,
  { backend, workers, batchSize = model.batchSize, ...flags }: PlanFlags,
  output: Output,
): Promise<object> {
  const { embeddingDim, tables, optimizer, variant } = model;
  const priced = tableRows(tables, embeddingDim, optimizer);
  const rows = backend === undefined ? priced : await placedRows(priced, { tables, embeddingDim, backend });
  const summary = summarise(rows);
  if (variant !== undefined) output.result(`\n── ${variant} ──`);
  output.result(planTable(rows));
  output.result(
    `\nembedding tables: ${formatCount(summary.parameters)} parameters, ${formatBytes(summary.bytes)}` +
      ` (${formatBytes(summary.trainingBytes)} in training with ${optimizer.rule}); dense: ${formatBytes(summary.denseBytes)}` +
      `\ncompression ${formatCompression(summary.compression)}`,
  );
  const name = variant === undefined ? {} : { variant };
  const { network } = flags;
  const measured =
    flags.measured !== undefined && (await measuredStep(flags.measured, model.trained!, batchSize));
  const { stepMs, repeatedMs } = measured || flags;
  const { shardedTables = model.placement?.shardedTables, workerMemory = model.placement?.workerMemory } =
    flags;
  const shared = workers !== undefined && {
    exchange: planWorkers(
      { ...model, batchSize },
      { workers, shardedTables, workerMemory, network, stepMs, repeatedMs },
      output,
    ),
  };
  return { ...name, ...summary, embeddingDim, optimizer: optimizer.rule, tables: rows, ...shared };
}

function presetModel({ preset, ttTables = 0, rank = 32, cores = 3, embeddingDim }: PlanFlags): PricedModel {
  const planned = planPreset({ preset: preset!, ttTables, rank, cores, embeddingDim });
  const optimizer = { embeddings: planOptimizer, dense: planOptimizer };
  return {
    ...planned,
    config: { ...planned, denseFeatures: 0, topMlp: [], optimizer },
    optimizer: planOptimizer,
    batchSize: BATCH_SIZE,
    denseBytes: 0,
  };
}

/** One model of a training config, or one a variant of a comparison. The data is read for the sizes of its tables. */
async function configModels(file: string, flags: PlanFlags, output: Output): Promise<PricedModel[]> {
  const isOne = !isComparison(await readJsonFile(file));
  const comparison = isOne ? undefined : (await readConfig(compareConfigSchema, file, flags)).config;
  const config = comparison ?? (await readConfig(trainConfigSchema, file, flags)).config;
  const dataset = await openRunData({ config, baseDirectory: dirname(file) }, output);
  const configs = comparison ? await comparedConfigs(comparison, dataset) : [config];
  return configs.map((each) => {
    const model = runModelConfig(each, dataset);
    const { tables, optimizer } = model;
    const { batchSize, shards, shardedTables, workerMemory } = each.training;
    const variant = comparison ? { variant: each.name } : {};
    return {
      ...{ embeddingDim: each.model.embeddingDim, tables, optimizer: optimizer.embeddings, ...variant },
      ...{ config: model, batchSize, shards, denseBytes: denseWeightBytes(model), trained: each },
      placement: { shardedTables, workerMemory },
    };
  });
}

const priceFlags = { ttTables: '--tt-tables', rank: '--rank', cores: '--cores' } as const;
const presetFlags = { ...priceFlags, embeddingDim: '--embedding-dim' } as const;
const workersFlags = {
  shardedTables: '--sharded-tables',
  workerMemory: '--worker-memory',
  network: '--network',
  stepMs: '--step-ms',
  repeatedMs: '--repeated-ms',
  measured: '--measured',
  batchSize: '--batch-size',
} as const;
const placementFlags = { backend: '--backend', workers: '--workers', ...workersFlags } as const;
const budgetFlags = {
  data: '--data',
  measure: '--measure',
  trials: '--trials',
  metric: '--metric',
  measurements: '--measurements',
  kinds: '--kinds',
  serving: '--serving',
  maxMultiplyAdds: '--max-multiply-adds',
  explain: '--explain',
  frontier: '--frontier',
  out: '--out',
  force: '--force',
} as const;

/** A flag that changed nothing would mislead. */
function refuseFlags(
  flags: PlanFlags,
  refused: { readonly [Flag in keyof PlanFlags]?: string },
  rule: string,
): void {
  for (const [flag, name] of Object.entries(refused)) {
    const got = flags[flag as keyof PlanFlags];
    if (got === undefined) continue;
    throw usageError('bad-plan', { subject: name, rule, got: flag === 'measure' ? `${String(got)} s` : got });
  }
}

function requireWorkers(flags: PlanFlags): void {
  if (flags.workers === undefined) refuseFlags(flags, workersFlags, 'goes with --workers');
  if (flags.repeatedMs !== undefined && !(flags.repeatedMs <= (flags.stepMs ?? 0))) {
    throw usageError('bad-plan', {
      subject: '--repeated-ms',
      rule: 'must be at most --step-ms, of which it is a part',
      got: flags.repeatedMs,
    });
  }
  if (flags.measured !== undefined)
    refuseFlags(flags, { stepMs: '--step-ms' }, 'goes without --measured, which has the time of a step');
  if ((flags.network === undefined) === (flags.stepMs === undefined && flags.measured === undefined)) return;
  throw usageError('bad-plan', {
    subject: '--network and --measured or --step-ms',
    rule: 'go together: the time of a step is measured, not predicted',
  });
}

function requireSource(configPath: string | undefined, flags: PlanFlags): void {
  const { preset, data, embeddingDim } = flags;
  const rule = 'needs a config file, --preset, or --data with a file of the Criteo format';
  if (configPath === undefined && preset === undefined && data === undefined) {
    throw usageError('bad-plan', { subject: 'plan --budget', rule });
  }
  if (preset !== undefined && (configPath !== undefined || data !== undefined)) {
    throw usageError('bad-plan', {
      subject: '--preset',
      rule: 'goes without a config file and without --data',
      got: preset,
    });
  }
  if (configPath !== undefined && embeddingDim !== undefined) {
    const refused = {
      subject: '--embedding-dim',
      rule: 'goes without a config file, which has its own',
      got: embeddingDim,
    };
    throw usageError('bad-plan', refused);
  }
}

function planTable(rows: readonly (TableRow & { readonly placement?: TablePlacement })[]): string {
  const placed = rows.some(({ placement }) => placement !== undefined);
  const header = [
    'table',
    'rows',
    'kind',
    'parameters',
    'bytes',
    'in training',
    'dense',
    'multiply-adds/row',
    ...(placed ? ['placement'] : []),
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
      ...(row.placement === undefined ? [] : [row.placement]),
    ]),
  );
}
