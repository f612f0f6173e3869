import { checkOptions } from '@ttrec/core/options';
import type { TableKind } from '@ttrec/embeddings/kind';
import { openRanker as openOn, type Ranker } from '@ttrec/serving';
import { createBackend, engineNames, eventLoopChoices, type BackendOptions } from './engines.ts';
import { error } from './error.ts';

export interface RankerOptions extends Pick<BackendOptions, 'threads' | 'eventLoop'> {
  /** By default (`auto`) the best that is available. */
  readonly backend?: BackendOptions['name'];
  /** `latest`, `best` or the name of a checkpoint; by default the one that was tested. */
  readonly checkpoint?: string | undefined;
  /** Kinds of your own that the tables are of; those that a run recorded by default. */
  readonly kinds?: readonly TableKind[] | undefined;
}

/**
 * Opens what was trained, on a backend that ends with the ranker.
 *
 * @throws what `createBackend` and `openRanker` of `@ttrec/serving` throw
 */
export async function openRanker(path: string, options: RankerOptions = {}): Promise<Ranker> {
  checkOptions(error, 'openRanker', options, {
    backend: engineNames,
    threads: 'any',
    eventLoop: eventLoopChoices,
    checkpoint: 'string',
    kinds: 'any',
  });
  const { backend: name, threads, eventLoop, ...source } = options;
  const backend = await createBackend({ name, threads, eventLoop });
  try {
    return await openOn(path, { ...source, backend, ownsBackend: true });
  } catch (thrown) {
    await backend.dispose();
    throw thrown;
  }
}
