import type { Backend } from '@ttrec/backend';
import { checkOptions } from '@ttrec/core';
import { createEncoder, createIdEncoder } from '@ttrec/data';
import type { TableKind } from '@ttrec/embeddings';
import { decodeStoredModel, type StoredModel } from '@ttrec/training';
import { error } from './error.ts';
import { fetchModel } from './fetch-model.ts';
import { bytesOf, fileOf, isInMemory, type ModelBytes } from './model-bytes.ts';
import { refuseCheckpoint } from './refuse-checkpoint.ts';
import { Ranker } from './ranker.ts';

/**
 * What was trained: the path of a run folder, of a model file or of the index of several files, the address of a file or an index, or
 * the bytes of a file.
 */
export type RankerSource = string | URL | ModelBytes;

export interface OpenRankerOptions {
  /** What computes. */
  readonly backend: Backend;
  /** Whether the ranker disposes of the backend when it is disposed of itself; false by default. */
  readonly ownsBackend?: boolean | undefined;
  /** Of a run folder: `latest`, `best` or the name of a checkpoint; by default the one that was tested. */
  readonly checkpoint?: string | undefined;
  /** Kinds of your own that the tables are of; by default those of the modules that a run folder recorded. */
  readonly kinds?: readonly TableKind[] | undefined;
  /** For addresses; the global `fetch` by default. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/**
 * Opens what was trained. A file at an address takes one request, an index of several one more than it has files.
 *
 * @throws `serving/bad-source`, `serving/no-checkpoints` for a checkpoint of a model file, and what `openRun`, `openStoredModel` and
 *   `openModel` of `@ttrec/training` throw; nothing stays allocated then
 */
export async function openRanker(source: RankerSource, options: OpenRankerOptions): Promise<Ranker> {
  checkOptions(error, 'openRanker', options, {
    backend: 'any',
    ownsBackend: 'boolean',
    checkpoint: 'string',
    kinds: 'any',
    fetch: 'any',
  });
  const { backend, ownsBackend = false } = options;
  const { name, model, schema, encoding, step } = await open(source, options);
  try {
    const encoder = encoding ? createEncoder(encoding) : createIdEncoder(schema);
    const close = ownsBackend ? () => backend.dispose() : undefined;
    return new Ranker({ source: name, model, encoder, step, close });
  } catch (thrown) {
    model.dispose();
    throw thrown;
  }
}

type Opened = StoredModel & { readonly name: string };

async function open(source: RankerSource, options: OpenRankerOptions): Promise<Opened> {
  const { backend, kinds, checkpoint } = options;
  const decoding = { backend, kinds, training: false };
  const isAddress = source instanceof URL || (typeof source === 'string' && /^https?:\/\//i.test(source));
  if (typeof source === 'string' && !isAddress) {
    const { openStored } = await import('./open-path.ts');
    return { name: source, ...(await openStored(source, checkpoint, decoding)) };
  }
  const isFileUrl = source instanceof URL && source.protocol === 'file:';
  if (isFileUrl) {
    const { fileURLToPath } = await import('node:url');
    return open(fileURLToPath(source), options);
  }
  refuseCheckpoint(String(isAddress ? source : 'bytes'), checkpoint);
  if (!isAddress && !isInMemory(source)) {
    throw error('bad-source', {
      subject: 'openRanker',
      rule: 'must open a path, an address, or the bytes of a model file',
      got: source,
    });
  }
  const file = isAddress
    ? await fetchModel(String(source), options.fetch)
    : await fileOf(await bytesOf(source as ModelBytes));
  return { name: file.name, ...(await decodeStoredModel(file, decoding)) };
}
