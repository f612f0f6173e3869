import type { Backend } from '@ttrec/backend';
import { checkOptions } from '@ttrec/core/options';
import type { Dlrm } from '@ttrec/dlrm';
import type { TableKind } from '@ttrec/embeddings/kind';
import { decodeStoredModel, type StoredModel } from '@ttrec/training/model-file';
import { badSource } from './open/bad-source.ts';
import { error } from './error.ts';
import { fetchModel } from './open/fetch-model.ts';
import type { FetchReport } from './open/fetch-ranges.ts';
import type { FetchOptions } from './open/request.ts';
import { bytesOf, fileOf, isInMemory, type ModelBytes } from './open/model-bytes.ts';
import { makeRanker } from './open/make-ranker.ts';
import { refuseCheckpoint } from './open/refuse-checkpoint.ts';
import type { Ranker } from './ranker.ts';

/**
 * What was trained: the path of a run folder, of a model file or of the index of several files, the address of a file or an index, or
 * the bytes of a file.
 */
export type RankerSource = string | URL | ModelBytes;

export interface OpenRankerOptions extends FetchOptions {
  /** What computes. */
  readonly backend: Backend;
  /** Whether the ranker disposes of the backend when it is disposed of itself; false by default. */
  readonly ownsBackend?: boolean | undefined;
  /** Of a run folder: `latest`, `best` or the name of a checkpoint; by default the one that was tested. */
  readonly checkpoint?: string | undefined;
  /** Kinds of your own that the tables are of; by default those of the modules that a run folder recorded. */
  readonly kinds?: readonly TableKind[] | undefined;
}

/**
 * Opens what was trained. A file at an address takes one to three requests, an index of several files one more than it has files.
 *
 * @throws `serving/bad-source`, `serving/no-checkpoints` for a checkpoint of a model file, and what `openRun`, `openStoredModel` and
 *   `openModel` of `@ttrec/training` throw; nothing stays allocated then
 */
export async function openRanker(source: RankerSource, options: OpenRankerOptions): Promise<Ranker<Dlrm>> {
  checkOptions(error, 'openRanker', options, {
    backend: 'any',
    ownsBackend: 'boolean',
    checkpoint: 'string',
    kinds: 'any',
    fetch: 'any',
    integrity: 'string',
    signal: 'any',
  });
  const { backend, ownsBackend = false } = options;
  const { name, fetched, ...stored } = await open(source, options);
  return makeRanker(name, stored, { fetched, close: ownsBackend ? () => backend.dispose() : undefined });
}

type Opened = StoredModel & { readonly name: string; readonly fetched?: FetchReport };

async function open(source: RankerSource, options: OpenRankerOptions): Promise<Opened> {
  const { backend, kinds, checkpoint } = options;
  const decoding = { backend, kinds, training: false };
  const isAddress = source instanceof URL || (typeof source === 'string' && /^https?:\/\//i.test(source));
  if (typeof source === 'string' && !isAddress) {
    const { openStored } = await import('./open/open-path.ts');
    return { name: source, ...(await openStored(source, checkpoint, decoding)) };
  }
  const isFileUrl = source instanceof URL && source.protocol === 'file:';
  if (isFileUrl) {
    const { fileURLToPath } = await import('node:url');
    return open(fileURLToPath(source), options);
  }
  refuseCheckpoint(String(isAddress ? source : 'bytes'), checkpoint);
  if (!isAddress && !isInMemory(source)) throw badSource(source, 'a path, an address');
  if (isAddress) {
    const { file, report } = await fetchModel(String(source), options);
    return { name: file.name, fetched: report, ...(await decodeStoredModel(file, decoding)) };
  }
  const file = await fileOf(await bytesOf(source as ModelBytes));
  return { name: file.name, ...(await decodeStoredModel(file, decoding)) };
}
