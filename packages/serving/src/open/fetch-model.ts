import { bytesSource } from '@ttrec/tensor-files/byte-source';
import {
  openSafetensorsFrom,
  openShardedFrom,
  type ShardIndex,
  type TensorFile,
} from '@ttrec/tensor-files/safetensors';
import { fetchByRanges, type FetchReport } from './fetch-ranges.ts';
import { bodyOf, requested, type FetchOptions } from './request.ts';

/** A model file that was fetched, as far as scoring needs it. */
export interface FetchedModel {
  readonly file: TensorFile;
  readonly report: FetchReport;
}

/**
 * Fetches a model file, or an index and the files beside it, all of these at once.
 *
 * @throws `serving/cannot-fetch`, the reason of the signal, and what opening the file throws
 */
export async function fetchModel(address: string, options: FetchOptions = {}): Promise<FetchedModel> {
  if (new URL(address).pathname.endsWith('.index.json')) return fetchParts(address, options);
  if (options.integrity === undefined) {
    const { source, report } = await fetchByRanges(address, options);
    return { file: await openSafetensorsFrom(source), report };
  }
  const bytes = await whole(address, options);
  return {
    file: await openSafetensorsFrom(bytesSource(bytes, address)),
    report: { requests: 1, bytes: bytes.length, byRanges: false },
  };
}

async function fetchParts(address: string, options: FetchOptions): Promise<FetchedModel> {
  const index = await whole(address, options);
  const { names, integrity } = filesOf(index);
  const urlOf = (file: string) => new URL(file, address).href;
  const files = new Map(
    [...names].map((file) => [file, whole(urlOf(file), { ...options, integrity: integrity[file] })] as const),
  );
  const settled = await Promise.allSettled(files.values());
  const file = await openShardedFrom(bytesSource(index, address), async (name) =>
    bytesSource(await files.get(name)!, urlOf(name)),
  );
  const bytes = settled.reduce(
    (sum, part) => sum + (part.status === 'fulfilled' ? part.value.length : 0),
    index.length,
  );
  return { file, report: { requests: 1 + files.size, bytes, byRanges: false } };
}

/** The files that an index names, to be asked for together; `openShardedFrom` checks the index. */
function filesOf(index: Uint8Array): {
  readonly names: ReadonlySet<string>;
  readonly integrity: Readonly<Record<string, string>>;
} {
  try {
    const { weight_map: map, metadata } = JSON.parse(new TextDecoder().decode(index)) as ShardIndex;
    const names = Object.values(map).filter((file) => /^[\w.-]+$/.test(file));
    return { names: new Set(names), integrity: metadata.integrity ?? {} };
  } catch {
    return { names: new Set(), integrity: {} };
  }
}

async function whole(url: string, options: FetchOptions): Promise<Uint8Array> {
  return bodyOf(url, await requested(url, options), options.integrity);
}
