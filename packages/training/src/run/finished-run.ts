import { existsSync } from 'node:fs';
import type { Dataset } from '@ttrec/data';
import { loadCheckpoint } from '../checkpoints/load.ts';
import { readJsonFile } from '../config/read-json-file.ts';
import { plannedSteps } from '../fit/fit-options.ts';
import type { FinalRecord } from '../records/run-record.ts';
import { modelFiles, type SavedState } from './model/model-checkpoint.ts';
import type { Run } from './run.ts';
import { testedCheckpoint } from './model/tested-checkpoint.ts';
import { requireTrainedWith } from './trained-with.ts';

/**
 * What a run said at its end, or undefined for one that has not come to the end that its config now asks for.
 *
 * @throws `training/mixed-runs`, `training/data-changed` for a run on other data; what `testedCheckpoint` and `loadCheckpoint` throw
 */
export async function finishedRecord(
  { config, files }: Run,
  dataset: Dataset,
): Promise<FinalRecord | undefined> {
  if (!existsSync(files.final)) return undefined;
  const checkpoint = await loadCheckpoint(files.folder, await testedCheckpoint(files));
  const { trainedWith } = (await checkpoint.json(modelFiles.state)) as SavedState;
  requireTrainedWith(trainedWith, { config, encoding: dataset.encoding, data: dataset }, checkpoint.path);
  const record = (await readJsonFile(files.final)) as FinalRecord;
  return record.steps === plannedSteps(config.training, dataset.rows.train) ? record : undefined;
}
