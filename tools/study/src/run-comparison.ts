import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ComparisonResults } from '@ttrec/training/compare';
import type { DataSet } from './data-sets.ts';
import type { StudyPlan } from './plan.ts';

/** A comparison of the study that has ended. */
export interface StudyRun {
  readonly set: DataSet;
  readonly results: ComparisonResults;
  /** What its record says beside the results. */
  readonly note?: string | undefined;
}

/** Runs `ttrec compare` for a data set and a regime, or goes on with what its folder has. Throws if it does not end. */
export async function runOf(args: {
  readonly set: DataSet;
  readonly regime: StudyPlan['regimes'][number];
  readonly plan: StudyPlan;
  readonly folder: string;
  readonly data: string;
  readonly root: string;
}): Promise<ComparisonResults> {
  const { set, regime, plan, folder, data, root } = args;
  const out = join(folder, `${set.name}-${regime}`);
  const file = join(out, 'results.json');
  if (!isWhole(resultsIn(file), plan)) {
    mkdirSync(folder, { recursive: true });
    const begun = existsSync(join(out, 'config.json'));
    const flags = begun
      ? [...resumeFlags(out, plan), ...(isMeasured(out) ? [] : measureFlags(plan))]
      : [...flagsOf(set, { regime, plan, folder, data }), '--out', out];
    await ttrec(root, flags);
  }
  return resultsIn(file)!;
}

function resultsIn(file: string): ComparisonResults | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ComparisonResults) : undefined;
}

/** Whether a comparison that has ended has all arms and seeds of a plan, to which some may have come since. */
function isWhole(results: ComparisonResults | undefined, { arms, seeds }: StudyPlan): boolean {
  if (results === undefined || results.settings.seeds < seeds) return false;
  return arms.every((arm) => results.settings.arms.includes(arm));
}

function resumeFlags(out: string, { arms, seeds }: StudyPlan): string[] {
  return ['--resume', out, '--arms', arms.join(','), '--seeds', String(seeds)];
}

function measureFlags({ measure, arms }: StudyPlan): string[] {
  return arms.includes('measured') ? ['--measure-trials', String(measure)] : [];
}

/** Whether a comparison that has begun knows what the arm `measured` may take. */
function isMeasured(out: string): boolean {
  const { settings } = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as {
    readonly settings: ComparisonResults['settings'];
  };
  return settings.measure !== undefined;
}

/** Writes the config of a data set, and names what is compared. */
function flagsOf(
  set: DataSet,
  on: {
    readonly regime: string;
    readonly plan: StudyPlan;
    readonly folder: string;
    readonly data: string;
  },
): string[] {
  const { regime, plan, folder, data } = on;
  const { model, ...rest } = set.config(data) as { readonly model?: object };
  const config = join(folder, `${set.name}.json`);
  const sizes = { embeddingDim: 16, bottomMlp: [32], topMlp: plan.topMlp ?? [64, 32] };
  writeFileSync(
    config,
    JSON.stringify(
      { name: set.name, seed: 1, ...rest, model: { ...sizes, ...model }, training: plan.training },
      null,
      2,
    ),
  );
  return [
    config,
    ...['--budgets', plan.budgets.join(',')],
    ...['--arms', plan.arms.join(',')],
    ...['--seeds', String(plan.seeds)],
    ...['--trials', String(plan.trials)],
    ...['--regime', regime],
    ...measureFlags(plan),
    ...(plan.order === undefined ? [] : ['--order', plan.order]),
  ];
}

async function ttrec(root: string, args: readonly string[]): Promise<void> {
  const cli = join(root, 'apps', 'trainer', 'src', 'cli.ts');
  const child = spawn(process.execPath, ['--conditions=@ttrec/source', cli, 'compare', ...args], {
    stdio: ['ignore', process.stderr, process.stderr],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0)
    throw new Error(`ttrec compare ended with exit code ${String(code)}; run the study again to go on`);
}
