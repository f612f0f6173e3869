import { Command, Option } from '@commander-js/extra-typings';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { isTtrecError } from '@ttrec/core';
import type { Dataset, SplitName } from '@ttrec/data';
import { evaluate as evaluateModel } from '@ttrec/training';
import {
  openRun,
  readRunEncoding,
  requireSameEncoding,
  restoreModelCheckpoint,
  type Run,
  testedCheckpoint,
  buildRunModel,
} from '@ttrec/training/run-folder';
import { withOverrides } from '../config/overrides.ts';
import { selectEngine } from '../engines.ts';
import { usageError } from '../error.ts';
import { announceEvaluation } from '../run/announce.ts';
import { openRunData } from '../run/open-run-data.ts';
import {
  backendOption,
  badLineOption,
  checkpointOption,
  jsonOption,
  kindsFromOption,
  threadsOption,
  type OptionsOf,
} from '../options/shared-options.ts';
import { path } from '../options/values.ts';
import { formatPath } from '../terminal/format.ts';
import { createOutput, type Output } from '../terminal/output.ts';

const declared = () =>
  new Command('evaluate')
    .description('evaluate a trained run')
    .argument('<run>', 'run folder', path)
    .addOption(checkpointOption())
    .addOption(
      new Option('--split <split>', 'rows of its own data to evaluate on (default: test)').choices([
        'train',
        'validation',
        'test',
      ] as const),
    )
    .option('--data <file>', 'evaluate on all rows of this file instead', path)
    .addOption(badLineOption())
    .addOption(kindsFromOption())
    .addOption(backendOption())
    .addOption(threadsOption())
    .addOption(jsonOption());

export type EvaluateFlags = OptionsOf<typeof declared>;

export const evaluateCommand = () => declared().action(evaluate);

/** `ttrec evaluate`: the metrics of a saved checkpoint on rows that the run held out, or on all rows of other data. */
export async function evaluate(folder: string, flags: EvaluateFlags): Promise<void> {
  const output = createOutput({ json: flags.json ?? false });
  const run = await openRun(resolve(folder), flags);
  const { data, split = 'test' } = flags;
  if (data !== undefined) refuseSplit(flags.split);
  const config = withOverrides(run.config, flags);
  const dataset = await (data === undefined
    ? ownData({ ...run, config }, output)
    : otherData({ ...run, config }, run.config.data, output));
  const { backend } = await selectEngine(config.backend, config.threads);
  try {
    const model = buildRunModel(backend, config, dataset);
    const { step } = await restoreModelCheckpoint({
      folder: run.files.folder,
      name: flags.checkpoint ?? (await testedCheckpoint(run.files)),
      model,
      found: {
        config: run.config,
        encoding: dataset.encoding,
        data: data === undefined ? dataset : undefined,
      },
    });
    const evaluation = await evaluateModel(model, dataset, split);
    announceEvaluation(output, { ...evaluation, split, step });
    const { metrics, probability, ...apart } = evaluation;
    output.record({
      type: 'evaluation',
      runFolder: run.files.folder,
      data: data && resolve(data),
      [split]: { ...metrics, ...probability, step, ...apart },
      backend: backend.name,
      engine: { description: backend.capabilities.engine, threads: backend.capabilities.threads },
    });
  } finally {
    await backend.dispose();
  }
}

/** The data that the run was trained on, which must give the ids that its weights were trained for. */
async function ownData(run: Run, output: Output): Promise<Dataset> {
  const dataset = await openRunData(run, output);
  await requireSameEncoding(dataset, run.files);
  return dataset;
}

/** The data that the config now names, with the ids of training. What the run was trained on is known, if it is still there. */
async function otherData(run: Run, own: Run['config']['data'], output: Output): Promise<Dataset> {
  const scoring = await readRunEncoding(run.files);
  const draws = 'negatives' in own && own.negatives !== undefined;
  try {
    return await openRunData(run, output, { scoring, known: draws ? own : undefined });
  } catch (thrown) {
    const isGone = draws && isTtrecError(thrown, 'data/file-not-found');
    if (!isGone || !('path' in own) || existsSync(resolve(run.baseDirectory, own.path))) throw thrown;
    output.note(
      `negatives ${formatPath(own.path)}, on which the run was trained, is missing: rows drawn for a user may be positives there`,
    );
    return openRunData(run, output, { scoring, known: undefined });
  }
}

/** The rows of other data belong to no split of the run: a flag that changed nothing would mislead. */
function refuseSplit(split: SplitName | undefined): void {
  if (split === undefined) return;
  throw usageError('split-of-other-data', {
    subject: '--split',
    rule: 'must be left out with --data, all rows of which are tested on',
    got: split,
  });
}
