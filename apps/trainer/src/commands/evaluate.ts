import { resolve } from 'node:path';
import type { SplitName } from '@ttrec/data';
import { withOverrides } from '../config/overrides.ts';
import { selectEngine } from '../engines.ts';
import { announceEvaluation } from '../run/announce.ts';
import { buildModel } from '../run/build-model.ts';
import { evaluateModel } from '../run/evaluate-model.ts';
import { restoreModel } from '../run/model-checkpoint.ts';
import { openRunData } from '../run/open-run-data.ts';
import { openRun } from '../run/run.ts';
import { testedCheckpoint } from '../run/tested-checkpoint.ts';
import { createOutput } from '../terminal/output.ts';

export interface EvaluateFlags {
  readonly checkpoint?: string;
  readonly split: SplitName;
  readonly backend?: string;
  readonly json?: boolean;
}

/** `ttrec evaluate`: the metrics of a saved checkpoint on rows that the run held out. */
export async function evaluate(folder: string, flags: EvaluateFlags): Promise<void> {
  const output = createOutput({ json: flags.json ?? false });
  const run = await openRun(resolve(folder));
  const config = withOverrides(run.config, flags.backend === undefined ? {} : { backend: flags.backend });
  const dataset = await openRunData({ config, baseDirectory: run.baseDirectory }, output);
  const { backend } = await selectEngine(config.backend);
  try {
    const model = buildModel(backend, config, dataset);
    const { step } = await restoreModel({
      folder: run.files.folder,
      name: flags.checkpoint ?? (await testedCheckpoint(run.files)),
      model,
      backend,
      rows: dataset.rows,
    });
    const evaluation = await evaluateModel(model, dataset, flags.split);
    announceEvaluation(output, { ...evaluation, split: flags.split, step });
    const { metrics, bestPossible } = evaluation;
    output.record({
      type: 'evaluation',
      runFolder: run.files.folder,
      [flags.split]: { ...metrics, step, ...(bestPossible ? { bestPossible } : {}) },
      backend: { name: backend.name, engine: backend.capabilities.engine },
    });
  } finally {
    await backend.dispose();
  }
}
