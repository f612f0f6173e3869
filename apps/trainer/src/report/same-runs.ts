import type { ReportInput, ReportRun } from './report-input.ts';

/**
 * Runs of the same tables on the same engine that came to the same numbers, to the last bit, are the same training: they become
 * one, `tt = planned`, with the speed of the first. A run that has not ended stays alone.
 */
export function withoutRepeats(input: ReportInput): ReportInput {
  const { runs, tables = [] } = input;
  const groups = new Map<string, ReportRun[]>();
  for (const run of runs) {
    const rows = tables.find((each) => each.run === run.name)?.rows;
    const key = run.final === undefined ? run.name : JSON.stringify([rows, resultsOf(run)]);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const names = new Map([...groups.values()].map((group) => [group[0]!.name, joined(group)]));
  return {
    ...input,
    runs: [...groups.values()].map(([first]) => ({ ...first!, name: names.get(first!.name)! })),
    tables: tables.flatMap(({ run, rows }) => (names.has(run) ? [{ run: names.get(run)!, rows }] : [])),
  };
}

function joined(runs: readonly ReportRun[]): string {
  return runs.map(({ name }) => name).join(' = ');
}

/** Everything but names and time. */
function resultsOf({ records, final }: ReportRun): unknown {
  const { test, tables, backend, engine, seed, steps } = final!;
  const numbers = records.map((record) => {
    if (record.type === 'train') return [record.samples, record.loss, record.auc];
    return record.type === 'validation' ? [record.samples, record.metrics] : record.type;
  });
  return [test, tables, backend, engine, seed, steps, numbers];
}
