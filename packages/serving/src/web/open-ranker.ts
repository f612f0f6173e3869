import { createScoringBackend, type ScoringBackendOptions } from '@ttrec/backend-wasm/scoring';
import { checkOptions } from '@ttrec/core/options';
import type { TableKind } from '@ttrec/embeddings/kind';
import { decodeScoringModel } from '@ttrec/training/model-file';
import { badSource } from '../open/bad-source.ts';
import { error } from '../error.ts';
import { fetchModel, type FetchedModel } from '../open/fetch-model.ts';
import type { FetchOptions } from '../open/request.ts';
import { makeRanker } from '../open/make-ranker.ts';
import { bytesOf, fileOf, isInMemory, type ModelBytes } from '../open/model-bytes.ts';
import type { Ranker } from '../ranker.ts';

/** The address of a model file or of the index of several, relative to the page; or the bytes of a file. */
export type WebRankerSource = string | URL | ModelBytes;

export interface WebRankerOptions extends FetchOptions {
  /** The build of the engine, `auto` by default: see `createWasmBackend`. `strict` gives the same bits on every machine. */
  readonly simd?: ScoringBackendOptions['simd'];
  /** Kinds of your own that the tables are of. */
  readonly kinds?: readonly TableKind[] | undefined;
}

/**
 * Opens a model file on the thread that calls, with an engine that is disposed of with the ranker. A file at an address takes one to
 * three requests, an index one more than it has files.
 *
 * @throws `serving/bad-source`, `serving/cannot-fetch`; `backend-wasm/unavailable`, as under a policy without 'wasm-unsafe-eval'; what
 *   `decodeStoredModel` of `@ttrec/training/model-file` throws; nothing stays allocated then
 */
export async function openRanker(source: WebRankerSource, options: WebRankerOptions = {}): Promise<Ranker> {
  checkOptions(error, 'openRanker', options, {
    simd: ['auto', 'strict', 'relaxed'],
    kinds: 'any',
    fetch: 'any',
    integrity: 'string',
    signal: 'any',
  });
  const { simd = 'auto', kinds } = options;
  const opening = openFile(source, options);
  // The engine starts while the file arrives; where it does not, its error comes first.
  opening.catch(() => undefined);
  const backend = await createScoringBackend({ simd });
  try {
    const { file, report } = await opening;
    const stored = await decodeScoringModel(file, { backend, kinds });
    return makeRanker(file.name, stored, { fetched: report, close: () => backend.dispose() });
  } catch (thrown) {
    await backend.dispose();
    throw thrown;
  }
}

async function openFile(
  source: WebRankerSource,
  options: FetchOptions,
): Promise<Pick<FetchedModel, 'file'> & Partial<FetchedModel>> {
  if (isInMemory(source)) return { file: await fileOf(await bytesOf(source)) };
  if (typeof source !== 'string' && !(source instanceof URL)) throw badSource(source, 'an address');
  return fetchModel(addressOf(source), options);
}

/** @throws `serving/bad-source` */
function addressOf(source: string | URL): string {
  const { document, location } = globalThis as Partial<typeof globalThis>;
  try {
    return new URL(source, document?.baseURI ?? location?.href).href;
  } catch {
    throw badSource(source, 'an address');
  }
}
