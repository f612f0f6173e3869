export {
  loadModel,
  openModel,
  saveModel,
  saveShardedModel,
  type SaveShardedOptions,
} from './run-folder/save-model.ts';
export { copyModel } from './run/model/copy-model.ts';
export { finishedRecord } from './run/finished-run.ts';
export { grownRun } from './run/grown-run.ts';
export {
  checkpointName,
  modelFiles,
  restoreModelCheckpoint,
  saveModelCheckpoint,
} from './run/model/model-checkpoint.ts';
export { readRecords } from './run/read-records.ts';
export { readRunEncoding, requireSameEncoding, saveEncoding } from './run/run-encoding.ts';
export { runFiles, type RunFiles } from './run/run-files.ts';
export { buildRunModel, runModelConfig } from './run/model/run-model.ts';
export {
  claimFolder,
  openRun,
  resumeRun,
  saveConfig,
  saveWholeRun,
  startRun,
  writeJson,
  type ClaimedRun,
  type Run,
} from './run/run.ts';
export { firstDifference, fixedPart, requireSameRun, valueAt } from './run/same-config.ts';
export { openStoredModel, type StoredModelOptions, type StoredRunModel } from './run/model/stored-model.ts';
export { followRun } from './run/shared-run.ts';
export { testedCheckpoint } from './run/model/tested-checkpoint.ts';
export { trainRun, type TrainOutcome, type TrainRunOptions } from './run/train-run.ts';
export { trainedWith, type FoundWith, type TrainedWith } from './run/trained-with.ts';
export {
  kindsOf,
  readConfig,
  withKinds,
  type KindsOptions,
  type ReadConfigOptions,
} from './config/read-config.ts';
export { readJsonFile } from './config/read-json-file.ts';
export { TensorBoardWriter } from './tensorboard/tensorboard-writer.ts';
