import { stat } from 'node:fs/promises';
import type { DecodeModelOptions } from '@ttrec/training';
import type { StoredModel } from '@ttrec/training/model-file';
import { KindModules } from '@ttrec/training/config';
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
  const { backend, kinds, training } = options;
  const run = await openRun(path, { loadedKinds: kinds && KindModules.of(kinds) });
  return openStoredModel(run, backend, { checkpoint, training });
}
