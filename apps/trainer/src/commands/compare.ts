import { dirname, join, resolve } from 'node:path';
import type { Dataset } from '@ttrec/data';
import type { FinalRecord } from '@ttrec/training';
import { type CompareConfig, compareConfigSchema, type TrainConfig } from '@ttrec/training/config';
import { claimFolder, readConfig, runFiles, startRun, writeJson } from '@ttrec/training/run-folder';
import { withOverrides } from '../config/overrides.ts';
import { trainingCommand, type OptionsOf } from '../options/shared-options.ts';
import { path } from '../options/values.ts';
import { renderRunTable } from '../report/run-table.ts';
import { openRunData } from '../run/open-run-data.ts';
import { StopRequest } from '../run/stop-request.ts';
import { trainAndReport } from '../run/train-and-report.ts';
import { comparedConfigs } from '../run/compared-configs.ts';
import { writeRunReport, type RecordedRun } from '../run/write-run-report.ts';
import { formatPath } from '../terminal/format.ts';
import { createOutput, type Output } from '../terminal/output.ts';

const declared = () =>
  trainingCommand('compare')
    .description('train the variants of a config on the same rows, and compare them')
    .argument('<config>', 'config file (JSON) with variants', path);

export const compareCommand = () => declared().action(compare);

/** `ttrec compare`: the same training on the same rows in the same order, once for each way to store the tables. */
async function compare(configPath: string, flags: OptionsOf<typeof declared>): Promise<void> {
  const output = createOutput({ json: flags.json ?? false });
  const file = resolve(configPath);
  const baseDirectory = dirname(file);
  const config = withOverrides((await readConfig(compareConfigSchema, file, flags)).config, flags);
  const dataset = await openRunData({ config, baseDirectory }, output);
  const configs = await comparedConfigs(config, dataset);
  const claim = await claimFolder(flags.out, config.name);
  try {
    await compareVariants({ config, configs, baseDirectory, dataset, folder: claim.path, output });
  } finally {
    await claim.release();
  }
}

async function compareVariants(args: {
  readonly config: CompareConfig;
  readonly configs: readonly TrainConfig[];
  readonly baseDirectory: string;
  readonly dataset: Dataset;
  readonly folder: string;
  readonly output: Output;
}): Promise<void> {
  const { config, configs, baseDirectory, dataset, folder, output } = args;
  const files = runFiles(folder);
  await writeJson(files.config, { baseDirectory, config });
  const stop = new StopRequest(() => output.note('stopping after this step'));
  const finals: FinalRecord[] = [];
  const recorded: RecordedRun[] = [];
  try {
    for (const [i, variant] of configs.entries()) {
      output.note(`\n── ${variant.name} (${i + 1} of ${configs.length}) ──`);
      const run = await startRun({ config: variant, baseDirectory, out: join(folder, variant.name) });
      const outcome = await trainAndReport({ run, output, stop, dataset }).finally(() => run.claim.release());
      if (outcome.interrupted) {
        process.exitCode = 130;
        return;
      }
      finals.push(outcome.final);
      recorded.push({ name: variant.name, config: variant, files: run.files });
    }
  } finally {
    stop.dispose();
  }
  await writeJson(files.final, { type: 'comparison', runs: finals });
  await writeRunReport({
    path: files.report,
    title: config.name,
    runs: recorded,
    schema: dataset.schema,
    config,
  });
  output.result(`\n${renderRunTable(finals.map((final) => ({ name: final.name, final })))}`);
  output.result(`\nJSON ${formatPath(files.final)}\npage ${formatPath(files.report)}`);
  output.record({ type: 'comparison', runFolder: folder, runs: finals });
}
