import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { dataSets, missingFiles } from './data-sets.ts';
import { full, quick } from './plan.ts';
import { renderResults } from './report/render-results.ts';
import { runOf, type StudyRun } from './run-comparison.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const HELP = `npm run study -- [options]

Compares ways to store embedding tables at equal bytes on several data sets, and writes docs/results.md and its plots from the runs.
What has been trained is kept: a study that was stopped goes on when it is run again.

  --quick          half an hour on two cores: two budgets, one regime, a part of the rows
  --only <list>    data sets, separated by commas: ${dataSets.map(({ name }) => name).join(', ')}
  --data <folder>  folder of the data files (default: TTREC_STUDY_DATA, or ../shared/data); sets whose files are missing are skipped
  --runs <folder>  folder of the runs (default: runs/study-quick or runs/study)
  --out <folder>   folder of results.md and its plots (default: docs)
  --report         write the report from the runs that are there, and train nothing
  --help           print this help`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      data: {
        type: 'string',
        default: process.env['TTREC_STUDY_DATA'] ?? join(root, '..', 'shared', 'data'),
      },
      runs: { type: 'string' },
      out: { type: 'string', default: join(root, 'docs') },
      report: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const plan = values.quick ? quick : full;
  const folder = resolve(values.runs ?? join(root, 'runs', plan.name === 'quick' ? 'study-quick' : 'study'));
  const only = values.only?.split(',');
  const unknown = only?.find((name) => !dataSets.some((set) => set.name === name));
  if (unknown !== undefined) throw new Error(`--only: unknown data set "${unknown}". See --help.`);
  const runs: StudyRun[] = [];
  for (const regime of plan.regimes) {
    for (const set of dataSets.filter(({ name }) => only?.includes(name) ?? true)) {
      const missing = missingFiles(set, resolve(values.data));
      if (missing.length > 0) {
        console.error(`${set.name} is skipped: ${missing.join(', ')} not in ${values.data}`);
        continue;
      }
      console.error(`\n── ${set.name}, ${regime} ──`);
      const run = await orFailed({
        set,
        regime,
        plan,
        folder,
        data: resolve(values.data),
        root,
        train: !values.report,
      });
      if (run) runs.push(run);
    }
  }
  if (runs.length === 0) throw new Error('No comparison has ended: there is nothing to report.');
  const { markdown, plots } = await renderResults(runs, plan);
  const out = resolve(values.out);
  mkdirSync(join(out, 'results'), { recursive: true });
  for (const { file, svg } of plots) writeFileSync(join(out, 'results', file), svg);
  writeFileSync(join(out, 'results.md'), markdown);
  console.error(`\nwrote ${join(out, 'results.md')} and ${plots.length} plots`);
}

/** The run of a data set; one that fails is said, and the others go on. */
async function orFailed(args: Parameters<typeof runOf>[0]): Promise<StudyRun | undefined> {
  try {
    return await runOf(args);
  } catch (thrown) {
    console.error(`${args.set.name}: ${(thrown as Error).message}`);
    process.exitCode = 1;
    return undefined;
  }
}

await main();
