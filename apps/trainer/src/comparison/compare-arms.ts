import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset } from '@ttrec/data';
import type { ComparisonResults, ComparisonSettings } from '@ttrec/training/compare';
import type { CompareConfig, TrainConfig } from '@ttrec/training/config';
import type { RunFolder } from '@ttrec/training/checkpoints';
import { runFiles, writeJson } from '@ttrec/training/run-folder';
import { selectEngine } from '../engines.ts';
import { error } from '../error.ts';
import { comparisonNotes, comparisonTable } from '../report/comparison/comparison-table.ts';
import { openRunData } from '../run/open-run-data.ts';
import type { StopRequest } from '../run/stop-request.ts';
import { formatPath } from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';
import { armsNamed, denseBytesOf, type Arm } from './arms.ts';
import { CellProgressLines } from './cells/cell-progress.ts';
import { CellStore } from './cells/cells.ts';
import { measureArm } from './measure-arm.ts';
import { resultsOf } from './results.ts';
import { trainCells } from './cells/train-cells.ts';
import { variantArms } from './variant-arms.ts';
import { readResults, writeResults } from './write-results.ts';

/** A comparison at equal bytes, and where relative paths of its config start. */
export interface ArmsComparison {
  readonly config: TrainConfig | CompareConfig;
  readonly baseDirectory: string;
  readonly settings: ComparisonSettings;
}

/**
 * Trains the arms of a comparison at every budget with every seed, as far as its folder has no record of it, and writes what it
 * came to. Undefined if it was stopped.
 *
 * @throws `trainer/nothing-fits` if no arm can be made as small as any budget
 */
export async function compareArms(args: {
  readonly comparison: ArmsComparison;
  readonly folder: RunFolder;
  readonly output: Output;
  readonly stop: StopRequest;
}): Promise<ComparisonResults | undefined> {
  const { comparison, folder, output, stop } = args;
  const { config, baseDirectory, settings } = comparison;
  await writeJson(runFiles(folder.path).config, {
    baseDirectory,
    config: { ...config, variants: 'variants' in config ? config.variants : [] },
    settings,
  });
  const store = await CellStore.open(folder.path);
  const engine = await selectEngine(config.backend, config.threads);
  try {
    let denseBytes = 0;
    const open = async (split: number): Promise<Dataset> => {
      const dataset = await openRunData({ config: splitBy(config, settings, split), baseDirectory }, output);
      denseBytes ||= denseBytesOf(dataset.schema, config.model.embeddingDim);
      return dataset;
    };
    if (settings.budgets.length > 0 && 'variants' in config)
      output.note('variants of the config are left out: --budgets compares arms');
    // Opened in any case: what a comparison says of its data comes from there.
    const first = await open(config.seed);
    const arms: readonly Arm[] =
      settings.budgets.length > 0
        ? armsNamed(settings.arms)
        : await variantArms(config as CompareConfig, first);
    const progress = new CellProgressLines(output);
    const whole = await trainCells({
      config,
      settings,
      arms,
      backend: engine.backend,
      store,
      progress,
      signal: stop.signal,
      measure: measureArm({
        settings,
        baseDirectory,
        backend: engine.backend,
        signal: stop.signal,
        output,
      }),
      splitBy: (split) => splitBy(config, settings, split),
      open: (split) => (split === config.seed ? Promise.resolve(first) : open(split)),
    });
    if (!whole) return undefined;
    if (store.isEmpty) throw nothingFits(settings);
    const before = await readResults(folder.path);
    const results = await resultsOf({ name: config.name, settings, arms, store, denseBytes, before });
    const files = await writeResults(folder.path, results);
    if (!settings.keepPredictions)
      await rm(join(folder.path, 'predictions'), { recursive: true, force: true });
    output.result(`\n${comparisonTable(results)}\n`);
    for (const note of comparisonNotes(results)) output.result(note);
    output.result(
      `\nJSON ${formatPath(files.json)}\nCSV ${formatPath(files.csv)}\nLaTeX ${formatPath(files.latex)}\npage ${formatPath(files.page)}`,
    );
    output.record(results);
    return results;
  } finally {
    await engine.backend.dispose();
  }
}

/** The config that draws the split of a seed. */
function splitBy(
  config: TrainConfig | CompareConfig,
  { vary }: ComparisonSettings,
  split: number,
): TrainConfig {
  const { data } = config;
  if (!vary.includes('split') || data.format === 'synthetic') return { ...config, seed: split };
  return { ...config, seed: split, data: { ...data, split: { ...data.split, seed: split } } as typeof data };
}

function nothingFits({ budgets }: ComparisonSettings): Error {
  return error('nothing-fits', {
    subject: '--budgets',
    rule: 'must be bytes that an arm can take',
    got: budgets.map(({ label }) => label).join(', '),
  });
}
