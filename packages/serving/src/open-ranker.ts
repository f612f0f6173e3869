import type { Backend } from '@ttrec/backend';
import { checkOptions } from '@ttrec/core';
import { createEncoder, createIdEncoder } from '@ttrec/data';
import { error } from './error.ts';
import { Ranker } from './ranker.ts';

export interface OpenRankerOptions {
  /** What computes. */
  readonly backend: Backend;
  /** Whether the ranker disposes of the backend when it is disposed of itself; false by default. */
  readonly ownsBackend?: boolean | undefined;
  /** Of a run folder: `latest`, `best` or the name of a checkpoint; by default the one that was tested. */
  readonly checkpoint?: string | undefined;
}

/**
 * Opens what was trained: the folder of a run.
 *
 * @throws what `openRun` and `openStoredModel` throw; nothing stays allocated then
 */
export async function openRanker(source: string, options: OpenRankerOptions): Promise<Ranker> {
  checkOptions(error, 'openRanker', options, {
    backend: 'any',
    ownsBackend: 'boolean',
    checkpoint: 'string',
  });
  const { backend, ownsBackend = false, checkpoint } = options;
  const { openRun, openStoredModel } = await import('@ttrec/training/run-folder');
  const run = await openRun(source);
  const { model, schema, encoding, step } = await openStoredModel(run, backend, {
    checkpoint,
    training: false,
  });
  try {
    const encoder = encoding ? createEncoder(encoding) : createIdEncoder(schema);
    const close = ownsBackend ? () => backend.dispose() : undefined;
    return new Ranker({ source, model, encoder, step, close });
  } catch (thrown) {
    model.dispose();
    throw thrown;
  }
}
