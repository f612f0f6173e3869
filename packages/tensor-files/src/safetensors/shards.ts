import { error } from '../error.ts';
import type { ShardIndex } from './shard-index.ts';
import { checkedByteLength, type TensorSource } from './tensor.ts';

export interface Shard {
  /** `model-00001-of-00003.safetensors`. */
  readonly file: string;
  readonly tensors: readonly TensorSource[];
}

export interface Shards {
  readonly shards: readonly Shard[];
  /** For `model.safetensors.index.json`. */
  readonly index: ShardIndex;
}

/** 64 MB: a part that a browser's cache keeps and a broken download repeats without pain. */
const MAX_SHARD_BYTES = 64_000_000;

/**
 * Splits tensors over files, in the order given, so that each file takes at most `maxBytes` of numbers. A tensor is never split:
 * a larger one has a file to itself.
 * @throws `tensor-files/bad-shard-size`, `…/unknown-dtype`, `…/bad-shape`
 */
export function splitIntoShards(
  tensors: Iterable<TensorSource>,
  { maxBytes = MAX_SHARD_BYTES, name = 'model' }: { readonly maxBytes?: number; readonly name?: string } = {},
): Shards {
  if (!(maxBytes > 0)) {
    throw error('bad-shard-size', { subject: 'maxBytes', rule: 'must be a number above 0', got: maxBytes });
  }
  const groups: TensorSource[][] = [];
  let [total, room] = [0, 0];
  for (const tensor of tensors) {
    const bytes = checkedByteLength(`tensor "${tensor.name}"`, tensor.dtype, tensor.shape);
    if (groups.length === 0 || bytes > room) {
      groups.push([]);
      room = maxBytes;
    }
    groups.at(-1)!.push(tensor);
    room -= bytes;
    total += bytes;
  }
  const number = (value: number) => String(value).padStart(5, '0');
  const shards = groups.map((group, i) => ({
    file: `${name}-${number(i + 1)}-of-${number(groups.length)}.safetensors`,
    tensors: group,
  }));
  const places = shards.flatMap(({ file, tensors: own }) =>
    own.map((tensor) => [tensor.name, file] as const),
  );
  return { shards, index: { metadata: { total_size: total }, weight_map: Object.fromEntries(places) } };
}
