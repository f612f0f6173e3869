import { bytesSource } from '@ttrec/tensor-files/byte-source';
import { openShardedFrom, type ShardIndex, type TensorFile } from '@ttrec/tensor-files/safetensors';
import { error } from '../error.ts';
import { fileOf } from './model-bytes.ts';

/** How a model is fetched. */
export interface FetchOptions {
  /** The global `fetch` by default. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** What the file, or the index, must be: `sha256-` and a digest in base64, as in pages. An index has the digests of its files. */
  readonly integrity?: string | undefined;
  /** Ends the requests. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches a model file, or an index and the files beside it, all of these at once.
 *
 * @throws `serving/cannot-fetch`, the reason of the signal, and what opening the file throws
 */
export async function fetchModel(address: string, options: FetchOptions = {}): Promise<TensorFile> {
  const get = async (url: string, integrity: string | undefined) => ({
    name: url,
    bytes: await bytesAt(url, { ...options, integrity }),
  });
  const { pathname } = new URL(address);
  if (!pathname.endsWith('.index.json')) return fileOf(await get(address, options.integrity));
  const index = await get(address, options.integrity);
  const { names, integrity } = filesOf(index.bytes);
  const files = new Map(
    [...names].map((file) => [file, get(new URL(file, address).href, integrity[file])] as const),
  );
  await Promise.allSettled(files.values());
  return openShardedFrom(bytesSource(index.bytes, address), async (file) => {
    const { name, bytes } = await files.get(file)!;
    return bytesSource(bytes, name);
  });
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

async function bytesAt(url: string, options: FetchOptions): Promise<Uint8Array> {
  const { fetch = globalThis.fetch, integrity, signal } = options;
  const rule = `must be a model file that can be fetched${integrity === undefined ? '' : ` and is ${integrity}`}`;
  const failed = (got: unknown, cause?: unknown) => error('cannot-fetch', { subject: url, rule, got, cause });
  try {
    const response = await fetch(url, { ...(integrity && { integrity }), ...(signal && { signal }) });
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    await response.body?.cancel();
    throw failed(`HTTP status ${response.status}`);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    const { message } = (cause.cause ?? cause) as Error;
    throw failed(message || cause.message, cause);
  }
}
