import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { encodeModel } from '@ttrec/training';
import { checkpointName, openModel, openRun, openStoredModel } from '@ttrec/training/run-folder';
import { kindsIn } from '../plan/own-kinds.ts';
import type { StoredBytes } from './messages.ts';

/**
 * Reads the folder of a run, a model file or the index of several as the bytes of one model file. Every byte of a checkpoint is compared with
 * its digest.
 *
 * @throws what `openRun`, `openStoredModel` and `openModel` throw
 */
export async function readStored(
  path: string,
  checkpoint: string | undefined,
  kindsFrom?: readonly string[],
): Promise<StoredBytes> {
  await using backend = createCpuBackend();
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  const run = isFile ? undefined : await openRun(path, { kindsFrom });
  const stored = run
    ? await openStoredModel(run, backend, { checkpoint, training: false })
    : await openModel(path, { backend, training: false, kinds: await kindsIn({ kindsFrom }) });
  const recorded = run?.config.kinds?.modules.map((module) => resolve(run.baseDirectory, module.path));
  const { model, step } = stored;
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of encodeModel(model, { data: stored, step }, path)) chunks.push(chunk.slice());
    const bytes = new SharedArrayBuffer(chunks.reduce((sum, { length }) => sum + length, 0));
    const all = new Uint8Array(bytes);
    let at = 0;
    for (const chunk of chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return {
      bytes,
      kindsFrom: recorded ?? kindsFrom,
      checkpoint: step === undefined ? undefined : checkpointName(step),
    };
  } finally {
    model.dispose();
  }
}
