import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { dataSets, missingFiles } from './data-sets.ts';
import { far, full, quick, several, standard } from './plan.ts';
import { readRecords, writeRecord } from './records.ts';
import { renderResults } from './report/render-results.ts';
import { runOf } from './run-comparison.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const HELP = `npm run study -- [options]

Compares ways to store embedding tables at equal bytes on several data sets, in two hours on two cores. The results of each data set
are kept in tools/study/records, and docs/results.md and its plots are written from all that are there: data sets can be run one by
one. What has been trained is kept: a study that was stopped goes on when it is run again.

  --quick          ten minutes on two cores: fewer data sets, ways and seeds. Its page and records go to the folder of the runs
  --far            whole epochs of taobao at 64x and 1000x, and of dense tables in 8 bits: a section of the page
  --several        several epochs of movielens, stopped on validation rows, and controls: a section of the page
  --full           six budgets, two regimes, whole epochs and tuning, days on two cores; its page goes to the folder of the runs
  --only <list>    data sets, separated by commas: ${dataSets.map(({ name }) => name).join(', ')}
  --data <folder>  folder of the data files (default: TTREC_STUDY_DATA, or ../shared/data); sets whose files are missing are skipped
  --runs <folder>  folder of the runs (default: runs/study, or runs/study-quick and the like)
  --out <folder>   folder of results.md and its plots (default: docs, or the folder of the runs)
  --report         write the report from the records, and train nothing
  --help           print this help`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      far: { type: 'boolean', default: false },
      several: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      only: { type: 'string' },
      data: {
        type: 'string',
        default: process.env['TTREC_STUDY_DATA'] ?? join(root, '..', 'shared', 'data'),
      },
      runs: { type: 'string' },
      out: { type: 'string' },
      report: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const plan = [quick, far, several, full].find(({ name }) => values[name as 'quick']) ?? standard;
  const runName = plan === standard ? 'study' : `study-${plan.name}`;
  const folder = resolve(values.runs ?? join(root, 'runs', runName));
  // What the page in docs is made of is kept in the repository.
  const isKept = plan !== quick && plan !== full;
  const records = isKept ? undefined : join(folder, 'records');
  const only = values.only?.split(',') ?? plan.only;
  const unknown = only?.find((name) => !dataSets.some((set) => set.name === name));
  if (unknown !== undefined) throw new Error(`--only: unknown data set "${unknown}". See --help.`);
  for (const regime of values.report ? [] : plan.regimes) {
    for (const set of dataSets.filter(({ name }) => only?.includes(name) ?? true)) {
      const missing = missingFiles(set, resolve(values.data));
      if (missing.length > 0) {
        console.error(`${set.name} is skipped: ${missing.join(', ')} not in ${values.data}`);
        continue;
      }
      console.error(`\n── ${set.name}, ${regime} ──`);
      await orFailed(set.name, async () => {
        writeRecord(
          await runOf({ set, regime, plan, folder, data: resolve(values.data), root }),
          plan,
          records,
        );
      });
    }
  }
  const reported = isKept ? standard : plan;
  const runs = readRecords(reported, records);
  if (runs.length === 0) throw new Error('No comparison has ended: there is nothing to report.');
  const sections = isKept ? { far: readRecords(far), several: readRecords(several) } : {};
  const { markdown, plots } = await renderResults(runs, reported, sections);
  const out = resolve(values.out ?? (isKept ? join(root, 'docs') : folder));
  mkdirSync(join(out, 'results'), { recursive: true });
  for (const { file, svg } of plots) writeFileSync(join(out, 'results', file), svg);
  writeFileSync(join(out, 'results.md'), markdown);
  console.error(`\nwrote ${join(out, 'results.md')} and ${plots.length} plots`);
}

/** A data set that fails is said, and the others go on. */
async function orFailed(name: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (thrown) {
    console.error(`${name}: ${(thrown as Error).message}`);
    process.exitCode = 1;
  }
}

await main();
