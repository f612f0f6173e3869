import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { streamSafetensors } from '../safetensors/encode.ts';
import { openShardedFrom } from '../safetensors/open-sharded.ts';
import { parseShardIndex, type ShardIndex } from '../safetensors/shard-index.ts';
import { splitIntoShards, type ShardOptions } from '../safetensors/shards.ts';
import type { TensorFile } from '../tensor/tensor-file.ts';
import type { TensorSource } from '../tensor/tensor.ts';
import { checkPath, fileCall, ifPresent } from './file-error.ts';
import { openFileSource } from './file-source.ts';
import { toJson } from './json.ts';
import { removeQuietly } from './temporary.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/**
 * Opens a sharded model by its `*.safetensors.index.json`, in the folder of its files. The caller must close it.
 * @throws `tensor-files/missing-file`, `…/cannot-read`, and the codes of `openShardedFrom`
 */
export async function openSharded(path: string): Promise<TensorFile> {
  return openShardedFrom(await openFileSource(path), (file) => openFileSource(join(dirname(path), file)));
}

/**
 * Writes tensors to several safetensors files of at most `maxBytes` of numbers each, and then the index that names them. The files of a
 * former model are not touched until the new index is in place, and then removed: readers see the former model or the new one, also
 * after a failure. The index has the digest of each file.
 * @returns the path of the index
 * @throws the codes of `splitIntoShards` and `streamSafetensors`, `tensor-files/cannot-write`
 */
export async function writeSharded(
  folder: string,
  tensors: Iterable<TensorSource>,
  options: ShardOptions = {},
): Promise<string> {
  checkPath(folder);
  const { name = 'model', metadata = {} } = options;
  const { shards: checked } = splitIntoShards(tensors, options);
  const all = checked.flatMap((shard) => shard.tensors);
  const path = join(folder, `${name}.safetensors.index.json`);
  const taken = await ownFiles(folder, name);
  const { shards, index } = splitIntoShards(all, { ...options, name: freeName(name, taken) });
  const former = await filesOfIndex(path);
  try {
    const integrity: Record<string, string> = {};
    for (const { file, tensors: own } of shards) {
      const { sha256 } = await writeFileAtomic(join(folder, file), streamSafetensors(own, metadata, file));
      integrity[file] = `sha256-${Buffer.from(sha256, 'hex').toString('base64')}`;
    }
    const written: ShardIndex = { ...index, metadata: { ...index.metadata, integrity } };
    await writeFileAtomic(path, [new TextEncoder().encode(`${toJson(path, written, 2)}\n`)]);
  } catch (cause) {
    for (const { file } of shards) await removeQuietly(join(folder, file));
    throw cause;
  }
  for (const file of taken.filter((each) => former.has(each))) await removeQuietly(join(folder, file));
  return path;
}

/** Returns no files if there is no readable index. */
async function filesOfIndex(path: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(parseShardIndex(await readFile(path), path).keys());
  } catch {
    return new Set();
  }
}

/** Lists files of models of that name: `model-00001-of-00003.safetensors`, `model.2-00001-of-00001.safetensors`. */
async function ownFiles(folder: string, name: string): Promise<string[]> {
  const files = await fileCall('read', folder, () => ifPresent(readdir(folder)));
  return (files ?? []).filter((file) => file.startsWith(name) && OWN.test(file.slice(name.length)));
}

const OWN = /^(?:\.(?<writing>\d+))?-\d{5,}-of-\d{5,}\.safetensors$/;

/** Returns a name that none of these files has. */
function freeName(name: string, files: readonly string[]): string {
  if (files.length === 0) return name;
  const writings = files.map((file) => Number(OWN.exec(file.slice(name.length))?.groups?.['writing'] ?? 1));
  return `${name}.${Math.max(...writings) + 1}`;
}
