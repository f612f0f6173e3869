import { Command, Option } from '@commander-js/extra-typings';
import { dirname, resolve } from 'node:path';
import { openTensors, writeFileAtomic } from '@ttrec/tensor-files';
import type { Dataset } from '@ttrec/data';
import { initialState } from '@ttrec/training';
import { MetricsWindow } from '@ttrec/training/records';
import {
  type ClaimedRun,
  saveEncoding,
  saveModelCheckpoint,
  saveWholeRun,
  startRun,
  trainedWith,
  buildRunModel,
} from '@ttrec/training/run-folder';
import { withOverrides } from '../config/overrides.ts';
import { readTrainConfig } from '../config/read-train-config.ts';
import { selectEngine } from '../engines.ts';
import { fillModel } from '../import/fill-model.ts';
import { readShapes } from '../import/shapes-file.ts';
import { readState, type ImportedState } from '../import/read-state.ts';
import { openRunData } from '../run/open-run-data.ts';
import {
  backendOption,
  badLineOption,
  dataOption,
  jsonOption,
  kindsFromOption,
  runFolderOption,
  type OptionsOf,
} from '../options/shared-options.ts';
import { path } from '../options/values.ts';
import { formatPath } from '../terminal/format.ts';
import { createOutput, type Output } from '../terminal/output.ts';

const declared = () =>
  new Command('import')
    .description('create a run from a DLRM that PyTorch trained, to evaluate, export or train on')
    .argument(
      '<state>',
      'state dict: a torch.save file, a safetensors file, or the index of a sharded one',
      path,
    )
    .argument('<config>', 'config file (JSON) of the data that it was trained on', path)
    .option('--prefix <text>', 'what precedes emb_l.0 in the names (default: found in the file)')
    .option('--shapes <file>', 'JSON: colShape or ranks of FBTT tables, by their position in emb_l', path)
    .addOption(
      new Option('--cached-rows <action>', 'what to do with rows that FBTT cached').choices([
        'keep',
        'override',
        'drop',
      ] as const),
    )
    .addOption(dataOption())
    .addOption(backendOption())
    .addOption(badLineOption())
    .addOption(kindsFromOption())
    .addOption(runFolderOption())
    .addOption(jsonOption());

export type ImportFlags = OptionsOf<typeof declared>;

export const importCommand = () => declared().action(importState);

/**
 * `ttrec import`: a DLRM of PyTorch as a run that has not been trained here yet, for `evaluate`, `export` and `train --resume`. What
 * its rows mean, only the data of the config can say.
 */
export async function importState(statePath: string, configPath: string, flags: ImportFlags): Promise<void> {
  const output = createOutput({ json: flags.json ?? false });
  const file = resolve(configPath);
  const asked = await readTrainConfig(file, flags);
  const baseDirectory = dirname(file);
  const { prefix, cachedRows } = flags;
  const shapes = flags.shapes === undefined ? {} : await readShapes(resolve(flags.shapes));
  const overridden = withOverrides(asked.config, flags);
  const tensors = await openTensors(resolve(statePath));
  try {
    const dataset = await openRunData({ config: overridden, baseDirectory }, output);
    const state = await readState(tensors, { dataset, shapes, prefix, cachedRows });
    const config = state.effectiveConfig(overridden, asked.written);
    const run = await startRun({ config, baseDirectory, out: flags.out });
    try {
      await fillRun({ run, dataset, state, output });
    } finally {
      await run.claim.release();
    }
  } finally {
    await tensors.close();
  }
}

async function fillRun(args: {
  readonly run: ClaimedRun;
  readonly dataset: Dataset;
  readonly state: ImportedState;
  readonly output: Output;
}): Promise<void> {
  const { run, dataset, state, output } = args;
  const { backend } = await selectEngine(run.config.backend);
  try {
    const model = buildRunModel(backend, run.config, dataset);
    const tables = await fillModel({ model, state, output });
    await saveWholeRun(run, 'import', async () => {
      await saveEncoding(dataset, run.files);
      // Nothing has been trained here yet; training on begins from no records.
      await writeFileAtomic(run.files.metrics, []);
      await saveModelCheckpoint({
        folder: run.files.folder,
        model,
        state: initialState,
        window: new MetricsWindow(),
        trainedWith: trainedWith(run.config, dataset),
        best: true,
      });
    });
    for (const name of state.ignored) output.note(`left out ${name}, which is no parameter of the model`);
    output.result(
      `run      ${formatPath(run.files.folder)}; test it with: ttrec evaluate ${formatPath(run.files.folder)}`,
    );
    const caches = [...state.caches].map(([table, cache]) => ({ table, ...cache }));
    output.record({ type: 'import', runFolder: run.files.folder, tables, caches, ignored: state.ignored });
  } finally {
    await backend.dispose();
  }
}
