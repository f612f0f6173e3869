import { dirname, join, resolve } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import type { Dataset } from '@ttrec/data';
import type { FinalRecord } from '@ttrec/training/records';
import {
  type CompareConfig,
  compareConfigSchema,
  parseConfig,
  type TrainConfig,
} from '@ttrec/training/config';
import { claimRun, type RunFolder } from '@ttrec/training/checkpoints';
import {
  claimFolder,
  readConfig,
  readJsonFile,
  runFiles,
  withKinds,
  writeJson,
} from '@ttrec/training/run-folder';
import { compareArms, type ArmsComparison } from '../comparison/compare-arms.ts';
import { withArmOptions } from '../comparison/options.ts';
import { armsComparison, type SavedComparison } from '../comparison/read-comparison.ts';
import { withOverrides } from '../config/overrides.ts';
import { error, usageError } from '../error.ts';
import { folderToResume, trainingCommand, type OptionsOf } from '../options/shared-options.ts';
import { path } from '../options/values.ts';
import { renderRunTable } from '../report/run-table.ts';
import { comparedConfigs } from '../run/compared-configs.ts';
import { openRunData } from '../run/open-run-data.ts';
import { StopRequest } from '../run/stop-request.ts';
import { requireSameVariants, trainVariant, variantRun } from '../run/train-variant.ts';
import { writeRunReport, type RecordedRun } from '../run/write-run-report.ts';
import { formatPath } from '../terminal/format.ts';
import { createOutput, type Output } from '../terminal/output.ts';

const declared = () =>
  withArmOptions(
    trainingCommand('compare')
      .description(
        'compare ways to store the tables: the variants of a config, or arms at equal bytes (--budgets), with several seeds',
      )
      .argument('[config]', 'config file (JSON), with variants or --budgets; not needed with --resume', path),
  ).addOption(
    new Option('--resume [comparison]', 'continue a comparison (default: the folder of --out)').argParser(
      path,
    ),
  );

type CompareFlags = OptionsOf<typeof declared>;

export const compareCommand = () => declared().action(compare);

/** A config with variants, and where its relative paths start. */
interface Comparison {
  readonly config: CompareConfig;
  readonly baseDirectory: string;
}

/** `ttrec compare`: the same training on the same rows in the same order, once for each way to store the tables. */
async function compare(configPath: string | undefined, flags: CompareFlags): Promise<void> {
  const output = createOutput({ json: flags.json ?? false });
  const { resume } = flags;
  const isResumed = resume !== undefined;
  let folder = isResumed ? await claimRun(folderToResume(resume, flags.out)) : undefined;
  try {
    // Looked at in any case: what is written into the folder of a run would end that run.
    const saved = folder && (await savedComparison(folder.path));
    const arms = await armsComparison(configPath, flags, saved);
    if (arms) {
      folder ??= await claimFolder(flags.out, arms.config.name);
      await compareAtEqualBytes(arms, folder, output);
      return;
    }
    const asked =
      configPath === undefined
        ? await savedConfig(saved, flags)
        : await readComparison(resolve(configPath), flags);
    const comparison = { ...asked, config: withOverrides(asked.config, flags) };
    const dataset = await openRunData(comparison, output);
    const configs = await comparedConfigs(comparison.config, dataset);
    folder ??= await claimFolder(flags.out, comparison.config.name);
    await compareVariants({ comparison, configs, dataset, folder, isResumed, output });
  } finally {
    await folder?.release();
  }
}

/** @throws `trainer/no-variants` */
async function readComparison(file: string, flags: CompareFlags): Promise<Comparison> {
  if (!('variants' in Object(await readJsonFile(file)))) {
    throw usageError('no-variants', {
      subject: file,
      rule: 'needs variants, or --budgets to compare arms at equal bytes',
    });
  }
  const { config } = await readConfig(compareConfigSchema, file, flags);
  return { config, baseDirectory: dirname(file) };
}

async function compareAtEqualBytes(
  comparison: ArmsComparison,
  folder: RunFolder,
  output: Output,
): Promise<void> {
  const stop = new StopRequest(() => output.note('stopping after this step'));
  try {
    const results = await compareArms({ comparison, folder, output, stop });
    if (results === undefined) interrupted(folder, output);
  } finally {
    stop.dispose();
  }
}

function interrupted(folder: RunFolder, output: Output): void {
  output.note(`continue the comparison with: ttrec compare --resume ${folder.path}`);
  process.exitCode = 130;
}

async function savedConfig(saved: SavedComparison | undefined, flags: CompareFlags): Promise<Comparison> {
  if (saved === undefined) {
    const rule = 'needs a config file, or --resume with the folder of a comparison';
    throw usageError('no-config', { subject: 'compare', rule });
  }
  const { source, baseDirectory, written } = saved;
  const config = parseConfig(compareConfigSchema, await withKinds(written, saved, flags), source);
  return { config, baseDirectory };
}

/** @throws `trainer/not-a-comparison` */
async function savedComparison(folder: string): Promise<SavedComparison> {
  const source = runFiles(folder).config;
  const saved = Object(await readJsonFile(source)) as Partial<Record<string, unknown>>;
  const { config, baseDirectory, settings } = saved;
  if (typeof config === 'object' && config !== null && 'variants' in config) {
    return { source, baseDirectory: String(baseDirectory), written: config, settings };
  }
  throw error('not-a-comparison', {
    subject: folder,
    rule: 'must hold a comparison',
    got: 'a run',
    hint: `Continue it with: ttrec train --resume ${folder}`,
  });
}

async function compareVariants(args: {
  readonly comparison: Comparison;
  readonly configs: readonly TrainConfig[];
  readonly dataset: Dataset;
  readonly folder: RunFolder;
  readonly isResumed: boolean;
  readonly output: Output;
}): Promise<void> {
  const { comparison, configs, dataset, folder, isResumed, output } = args;
  const { config, baseDirectory } = comparison;
  const files = runFiles(folder.path);
  if (isResumed) await requireSameVariants(configs, folder.path);
  await writeJson(files.config, { baseDirectory, config });
  const stop = new StopRequest(() => output.note('stopping after this step'));
  const finals: FinalRecord[] = [];
  const recorded: RecordedRun[] = [];
  try {
    for (const [i, variant] of configs.entries()) {
      output.note(`\n── ${variant.name} (${i + 1} of ${configs.length}) ──`);
      const out = join(folder.path, variant.name);
      const run = await variantRun({ config: variant, baseDirectory, out, isResumed });
      const final = await trainVariant(run, { dataset, output, stop });
      if (final === undefined) {
        interrupted(folder, output);
        return;
      }
      finals.push(final);
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
  output.record({ type: 'comparison', runFolder: folder.path, runs: finals });
}
