/** Folders of runs and the checkpoints in them, for a training of any kind. Needs Node. */
export { listCheckpoints, type ListedCheckpoint } from './checkpoints/list.ts';
export { loadCheckpoint, type LoadedCheckpoint } from './checkpoints/load.ts';
export { markCheckpoint, removeMark } from './checkpoints/mark.ts';
export type { Mark } from './checkpoints/names.ts';
export { pruneCheckpoints } from './checkpoints/prune.ts';
export { saveCheckpoint, type CheckpointContent, type SavedCheckpoint } from './checkpoints/save.ts';
export { refuseLocked, type FolderLock } from './run-folder/folder-lock.ts';
export { isOwnNameOfRun } from './run-folder/run-file-names.ts';
export { JsonLinesWriter, readJsonLines, truncateJsonLines } from './run-folder/json-lines.ts';
export {
  claimNewRun,
  claimRun,
  clearRun,
  createRunFolder,
  requireRun,
  runFolderContents,
  type RunFolder,
  type RunFolderContents,
} from './run-folder/run-folder.ts';
