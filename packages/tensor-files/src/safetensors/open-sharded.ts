import type { ByteSource } from '../byte-source/byte-source.ts';
import { error } from '../error.ts';
import type { ArrayOfDtype, Dtype, TensorArray } from '../tensor/dtype.ts';
import { openSafetensorsFrom } from './open.ts';
import { badIndex, MAX_INDEX_BYTES, parseShardIndex } from './shard-index.ts';
import { tensorNamed, type ExpectedTensor, type LazyTensor, type TensorFile } from '../tensor/tensor-file.ts';

/**
 * Opens a model that is split over several safetensors files: reads the index and the headers, and tensors on demand. Closing the
 * model closes all sources.
 * @param index a `*.safetensors.index.json`
 * @param openShard opens the file of that name beside the index
 * @throws `tensor-files/bad-index`, `…/index-mismatch` if a file does not hold exactly the tensors of the index, the codes of
 *   `openSafetensorsFrom`, and what the sources throw; all are closed then
 */
export async function openShardedFrom(
  index: ByteSource,
  openShard: (file: string) => Promise<ByteSource>,
): Promise<TensorFile> {
  const shards: TensorFile[] = [];
  try {
    if (index.size > MAX_INDEX_BYTES) {
      throw badIndex(index.name, `must take at most ${MAX_INDEX_BYTES} bytes`, index.size);
    }
    const files = parseShardIndex(await index.read(0, index.size), index.name);
    const placed = new Map<string, Placed>();
    for (const [file, names] of files) {
      const shard = await openSafetensorsFrom(await openShard(file));
      shards.push(shard);
      requireJust(index.name, shard, names);
      for (const info of shard.tensors.values()) placed.set(info.name, { ...info, shard });
    }
    return new ShardedFile(index.name, shards, placed);
  } catch (cause) {
    await Promise.all(shards.map((shard) => shard.close()));
    throw cause;
  } finally {
    await index.close();
  }
}

interface Placed extends LazyTensor {
  readonly shard: TensorFile;
}

/** A tensor that the index does not name must not be lost silently. */
function requireJust(index: string, shard: TensorFile, names: readonly string[]): void {
  const wanted = new Set(names);
  const held = new Set([...shard.tensors.keys(), ...shard.unreadable.keys()]);
  const missing = names.find((name) => !held.has(name));
  const extra = [...held].find((name) => !wanted.has(name));
  if (missing === undefined && extra === undefined) return;
  const rule = 'must hold exactly the tensors of the index';
  const got = missing === undefined ? `"${extra!}" besides` : `no "${missing}"`;
  throw error('index-mismatch', { subject: `${index}: ${shard.name}`, rule, got });
}

class ShardedFile implements TensorFile {
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, Placed>;
  readonly unreadable: ReadonlyMap<string, Error>;
  readonly #shards: readonly TensorFile[];

  constructor(name: string, shards: readonly TensorFile[], tensors: ReadonlyMap<string, Placed>) {
    this.name = name;
    this.metadata = joinedMetadata(shards);
    this.tensors = tensors;
    this.unreadable = new Map(shards.flatMap(({ unreadable }) => [...unreadable]));
    this.#shards = shards;
  }

  async read<D extends Dtype>(name: string, expected?: ExpectedTensor<D>): Promise<ArrayOfDtype[D]> {
    const { shard } = tensorNamed(this, this.tensors, name);
    return (await (expected === undefined
      ? shard.read(name)
      : shard.read(name, expected))) as ArrayOfDtype[D];
  }

  async readRows(name: string, begin: number, end: number): Promise<TensorArray> {
    return tensorNamed(this, this.tensors, name).shard.readRows(name, begin, end);
  }

  async close(): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.close()));
  }
}

/** Entries that differ between files get the key `FILE: KEY`. */
function joinedMetadata(shards: readonly TensorFile[]): Readonly<Record<string, string>> {
  const said = new Map<string, Set<string>>();
  for (const [key, text] of shards.flatMap(({ metadata }) => Object.entries(metadata))) {
    said.set(key, (said.get(key) ?? new Set()).add(text));
  }
  const entries = shards.flatMap(({ name, metadata }) =>
    Object.entries(metadata).map(([key, text]) => [said.get(key)!.size > 1 ? `${name}: ${key}` : key, text]),
  );
  return Object.fromEntries(entries) as Record<string, string>;
}
