import { writeFileAtomic } from '@ttrec/tensor-files';
import { Planner, type PlannerOptions } from '@ttrec/planner';
import { writeJson, runModelConfig } from '@ttrec/training/run-folder';
import { resolve } from 'node:path';
import { renamed, usageError } from '../error.ts';
import { outputFile } from '../files/output-file.ts';
import { openRunData } from '../run/open-run-data.ts';
import { formatPath } from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';
import { budgetText, explainText, frontierText, tablesText, thinned } from './budget-text.ts';
import { tableHeaderBytes } from './header-bytes.ts';
import { generatorsOf, noteUnplanned, requireKinds } from './own-kinds.ts';
import { planFeatures } from './plan-features.ts';
import { measuredText } from './measured/measured-text.ts';
import { isMeasured, measurePlan, type MeasureFlags, type PlanToMeasure } from './measured/measure-plan.ts';
import { planModelFile, plannedTables, withTables, type PlannedModelFile } from './plan-model.ts';
import { planSource, type PlanSource, type PlanSourceFlags } from './plan-source.ts';
import { plannedConfig } from './planned-config.ts';

export interface BudgetFlags extends PlanSourceFlags, MeasureFlags {
  /** Bytes. */
  readonly budget: number;
  readonly kinds?: readonly string[] | undefined;
  readonly serving?: boolean | undefined;
  readonly maxMultiplyAdds?: number | undefined;
  readonly explain?: boolean | undefined;
  readonly frontier?: string | undefined;
  readonly out?: string | undefined;
  /** Replaces files that are there. */
  readonly force?: boolean | undefined;
}

/** Points of the frontier in the record and on the page. */
const FRONTIER_POINTS = 200;

/** `ttrec plan --budget`: how to store each table so that the model's file takes at most so many bytes. Returns the record. */
export async function planBudget(
  configPath: string | undefined,
  flags: BudgetFlags,
  output: Output,
): Promise<object> {
  const source = await planSource(configPath, flags);
  const { kinds } = source.config;
  requireKinds('--kinds', flags.kinds, kinds);
  const measures = isMeasured(flags);
  const files = await outputFiles(configPath, source, flags);
  const dataset = await openRunData(source, output);
  noteUnplanned(kinds, output);
  const model = runModelConfig(source.config, dataset);
  const options: PlannerOptions = {
    embeddingDim: model.embeddingDim,
    optimizer: model.optimizer.embeddings,
    purpose: flags.serving === true ? 'serving' : 'training',
    overheadBytes: tableHeaderBytes,
    kinds: flags.kinds,
    generators: generatorsOf(kinds),
    maxMultiplyAddsPerLookup: flags.maxMultiplyAdds,
  };
  const features = await planFeatures(source.config.data, dataset);
  const planner = new Planner(features, options);
  const planned = plannedFile(planner, model, flags.budget);
  const record = measures
    ? await measuredRecord({ source, dataset, features, options, planned }, flags, output)
    : await instantRecord({ source, planner, planned, page: files.frontier }, flags, output);
  if (files.out !== undefined) {
    await writeJson(files.out, plannedConfig(source, plannedTables(record), files.out));
    output.result(`config ${formatPath(files.out)}`);
  }
  return { ...record, embeddingDim: model.embeddingDim };
}

/** Prints what is expected of a plan, and returns its record. */
async function instantRecord(
  made: {
    readonly source: PlanSource;
    readonly planner: Planner;
    readonly planned: PlannedModelFile;
    readonly page: string | undefined;
  },
  { explain = false }: BudgetFlags,
  output: Output,
) {
  const { source, planner, planned, page } = made;
  const { plan, mlpBytes, weightBytes, headerBytes } = planned;
  const points = thinned(planner.frontier(), FRONTIER_POINTS);
  output.result(budgetText(planned));
  if (explain) output.result(`\n${explainText(plan.tables)}`);
  if (page !== undefined) {
    output.result(`\n${frontierText(points)}`);
    const { renderFrontier } = await import('../report/render-frontier.ts');
    const html = renderFrontier({ title: source.config.name, points, plan, mlpBytes, weightBytes });
    await writeFileAtomic(page, [new TextEncoder().encode(html)]);
    output.result(`\npage   ${formatPath(page)}`);
  }
  return { ...plan, mlpBytes, weightBytes, headerBytesAtMost: headerBytes, frontier: points };
}

/** Measures candidates, prints what they came to, and returns the record. */
async function measuredRecord(
  made: Omit<PlanToMeasure, 'asked'> & {
    readonly options: PlannerOptions;
    readonly planned: PlannedModelFile;
  },
  flags: BudgetFlags,
  output: Output,
) {
  const { options, planned, ...rest } = made;
  const { budget, metric = 'auc' } = flags;
  const asked = { ...options, bytes: budget, reservedBytes: planned.plan.reservedBytes };
  const plan = await measurePlan({ ...rest, asked }, flags, output);
  const { mlpBytes, weightBytes, headerBytes, ...file } = withTables(planned, plan);
  output.result(`${measuredText(plan, metric)}\n`);
  output.result(tablesText({ ...file, mlpBytes, weightBytes, headerBytes }));
  return { ...plan, metric, mlpBytes, weightBytes, headerBytesAtMost: headerBytes };
}

/** Where the config and the page go: checked before the data is read. */
async function outputFiles(
  configPath: string | undefined,
  { config: { data }, baseDirectory }: PlanSource,
  { out, frontier, force = false }: BudgetFlags,
): Promise<Record<'out' | 'frontier', string | undefined>> {
  const inputs = configPath === undefined ? [] : [resolve(configPath)];
  if ('path' in data) inputs.push(resolve(baseDirectory, data.path));
  if ('join' in data) inputs.push(...data.join.map(({ path }) => resolve(baseDirectory, path)));
  const file = async (path: string | undefined, option: string) =>
    path === undefined ? undefined : outputFile(path, { option, force, inputs });
  const files = { out: await file(out, '--out'), frontier: await file(frontier, '--frontier') };
  if (files.out === undefined || files.out !== files.frontier) return files;
  throw usageError('bad-plan', {
    subject: '--frontier',
    rule: 'must name another file than --out',
    got: frontier,
  });
}

function plannedFile(...args: Parameters<typeof planModelFile>): PlannedModelFile {
  try {
    return planModelFile(...args);
  } catch (thrown) {
    throw renamed(thrown, 'bytes', '--budget');
  }
}
