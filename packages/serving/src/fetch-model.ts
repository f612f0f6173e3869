import { bytesSource } from '@ttrec/tensor-files/byte-source';
import { openShardedFrom, type TensorFile } from '@ttrec/tensor-files/safetensors';
import { error } from './error.ts';
import { fileOf } from './model-bytes.ts';

/**
 * Fetches a model file, or an index and the files beside it, all of these at once.
 *
 * @throws `serving/cannot-fetch`, and what opening the file throws
 */
export async function fetchModel(address: string, fetch = globalThis.fetch): Promise<TensorFile> {
  const get = async (url: string) => ({ name: url, bytes: await bytesAt(url, fetch) });
  const { pathname } = new URL(address);
  if (!pathname.endsWith('.index.json')) return fileOf(await get(address));
  const index = await get(address);
  const files = new Map<string, Promise<{ readonly name: string; readonly bytes: Uint8Array }>>();
  for (const file of filesOf(index.bytes)) files.set(file, get(new URL(file, address).href));
  await Promise.allSettled(files.values());
  return openShardedFrom(bytesSource(index.bytes, address), async (file) => {
    const { name, bytes } = await (files.get(file) ?? get(new URL(file, address).href));
    return bytesSource(bytes, name);
  });
}

/** The files that an index names, to be asked for together; `openShardedFrom` checks the index. */
function filesOf(index: Uint8Array): Set<string> {
  try {
    const { weight_map: map } = JSON.parse(new TextDecoder().decode(index)) as { weight_map: object };
    const names = Object.values(map).filter((file): file is string => /^[\w.-]+$/.test(String(file)));
    return new Set(names);
  } catch {
    return new Set();
  }
}

async function bytesAt(url: string, fetch: typeof globalThis.fetch): Promise<Uint8Array> {
  const failed = (got: unknown, cause?: unknown) =>
    error('cannot-fetch', { subject: url, rule: 'must be a model file that can be fetched', got, cause });
  try {
    const response = await fetch(url);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    await response.body?.cancel();
    throw failed(`HTTP status ${response.status}`);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw failed(cause.message, cause);
  }
}
