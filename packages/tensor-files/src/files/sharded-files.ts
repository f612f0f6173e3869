import { dirname, join } from 'node:path';
import { streamSafetensors } from '../safetensors/encode.ts';
import { openShardedFrom } from '../safetensors/open-sharded.ts';
import { splitIntoShards } from '../safetensors/shards.ts';
import type { TensorFile } from '../safetensors/tensor-file.ts';
import type { TensorSource } from '../safetensors/tensor.ts';
import { openFileSource } from './file-source.ts';
import { toJson } from './json.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/**
 * Opens a model by its `*.safetensors.index.json`, whose files lie beside it. The caller closes it.
 * @throws `tensor-files/missing-file`, `…/cannot-read`, and the codes of `openShardedFrom`
 */
export async function openSharded(path: string): Promise<TensorFile> {
  return openShardedFrom(await openFileSource(path), (file) => openFileSource(join(dirname(path), file)));
}

/**
 * Writes tensors over several safetensors files of at most `maxBytes` of numbers each, and last the index, which names them: until it
 * is there, whoever reads sees the former model.
 * @returns the path of the index
 * @throws the codes of `splitIntoShards` and `streamSafetensors`, `tensor-files/cannot-write`
 */
export async function writeSharded(
  folder: string,
  tensors: Iterable<TensorSource>,
  options: { readonly maxBytes?: number; readonly name?: string } = {},
): Promise<string> {
  const { shards, index } = splitIntoShards(tensors, options);
  for (const { file, tensors: own } of shards) {
    await writeFileAtomic(join(folder, file), streamSafetensors(own, {}, file));
  }
  const path = join(folder, `${options.name ?? 'model'}.safetensors.index.json`);
  await writeFileAtomic(path, [new TextEncoder().encode(`${toJson(path, index, 2)}\n`)]);
  return path;
}
