import { stat } from 'node:fs/promises';
import type { DecodeModelOptions, StoredModel } from '@ttrec/training';
import { openModel, openRun, openStoredModel } from '@ttrec/training/run-folder';
import { refuseCheckpoint } from './refuse-checkpoint.ts';

/** The model at a path: a run folder, a model file or an index of several. */
export async function openStored(
  path: string,
  checkpoint: string | undefined,
  options: DecodeModelOptions,
): Promise<StoredModel> {
  const about = await stat(path).catch(() => undefined);
  if (about?.isFile() === true) {
    refuseCheckpoint(path, checkpoint);
    return openModel(path, options);
  }
  return openStoredModel(await openRun(path), options.backend, { checkpoint, training: options.training });
}
