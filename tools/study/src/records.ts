import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ComparisonResults } from '@ttrec/training/compare';
import { dataSets } from './data-sets.ts';
import type { StudyPlan } from './plan.ts';
import type { StudyRun } from './run-comparison.ts';

/** Where the results of the runs behind the page are kept, a folder a plan. */
const recordFolder = fileURLToPath(new URL('../records', import.meta.url));

/** Digits that are kept: far more than the page prints. */
const DIGITS = 8;

/** A record may say what has changed since its run, in a note that a new run drops. */
type Kept = ComparisonResults & { readonly note?: string };

/** Keeps the results of a run, in the place of those of an earlier run of the same data set and regime. */
export function writeRecord(results: ComparisonResults, plan: StudyPlan, folder = recordFolder): void {
  const file = fileOf(results.name, results.settings.regime, plan, folder);
  mkdirSync(join(folder, plan.name), { recursive: true });
  const rounded = JSON.parse(JSON.stringify(results), (_key, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(DIGITS)) : value,
  ) as ComparisonResults;
  const { arms, comparisons, ...rest } = rounded;
  const lines = (list: readonly object[]) => list.map((each) => JSON.stringify(each)).join(',\n');
  const text = JSON.stringify({ ...rest, arms: '@arms', comparisons: '@comparisons' }, null, 1)
    .replace('"@arms"', () => `[\n${lines(arms)}\n]`)
    .replace('"@comparisons"', () => `[\n${lines(comparisons)}\n]`);
  writeFileSync(file, `${text}\n`);
}

/** What has been kept of a plan: its regimes and data sets in order, arms in the order of the plan. */
export function readRecords(plan: StudyPlan, folder = recordFolder): StudyRun[] {
  return plan.regimes.flatMap((regime) =>
    dataSets.flatMap((set) => {
      const file = fileOf(set.name, regime, plan, folder);
      if (!existsSync(file)) return [];
      const { note, ...results } = JSON.parse(readFileSync(file, 'utf8')) as Kept;
      const place = ({ arm }: { readonly arm: string }) => plan.arms.indexOf(arm);
      const inOrder = <Of extends { readonly arm: string }>(list: readonly Of[]) =>
        list.toSorted((a, b) => place(a) - place(b));
      const { arms, comparisons } = results;
      return { set, note, results: { ...results, arms: inOrder(arms), comparisons: inOrder(comparisons) } };
    }),
  );
}

function fileOf(name: string, regime: string, plan: StudyPlan, folder: string): string {
  return join(folder, plan.name, `${name}-${regime}.json`);
}
