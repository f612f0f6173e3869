import { checkOptions } from '@ttrec/core/options';
import { error } from '../error.ts';
import { checkTensors } from './encode.ts';
import { SHARD_FILE, type ShardIndex } from './shard-index.ts';
import { checkedByteLength, type TensorSource } from '../tensor/tensor.ts';

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

/** 64 MB fits in browser caches and is cheap to download again. */
const MAX_SHARD_BYTES = 64_000_000;

export interface ShardOptions {
  /** Most bytes of numbers in a file; 64 MB by default. */
  readonly maxBytes?: number | undefined;
  /** The files are `NAME-00001-of-00003.safetensors` and so on; `model` by default. */
  readonly name?: string | undefined;
  /** Strings about the model, in each file. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/**
 * Assigns tensors to files, in the order given, so that each file has at most `maxBytes` of numbers. Tensors are not split: a larger one
 * has a file for itself.
 * @throws `tensor-files/bad-shard-size`, `…/bad-shard-name`, `…/unknown-dtype`, `…/bad-shape`, `…/duplicate-name`, `…/reserved-name`,
 *   `…/bad-tensor`, `…/unknown-option`, `…/bad-option`
 */
export function splitIntoShards(tensors: Iterable<TensorSource>, options: ShardOptions = {}): Shards {
  checkOptions(error, 'splitIntoShards', options, { maxBytes: 'any', name: 'string', metadata: 'any' });
  const { maxBytes = MAX_SHARD_BYTES, name = 'model' } = options;
  if (!(maxBytes > 0)) {
    throw error('bad-shard-size', { subject: 'maxBytes', rule: 'must be a number above 0', got: maxBytes });
  }
  if (name === '' || !SHARD_FILE.test(fileOf(name, 1, 1))) {
    throw error('bad-shard-name', {
      subject: 'name',
      rule: 'must be 1 to 170 of A-Z a-z 0-9 . _ - and not begin with a dot',
      got: name,
    });
  }
  const all = checkTensors(tensors);
  const groups: TensorSource[][] = [];
  let [total, room] = [0, 0];
  for (const tensor of all) {
    const bytes = checkedByteLength(`tensor "${tensor.name}"`, tensor.dtype, tensor.shape);
    if (groups.length === 0 || bytes > room) {
      groups.push([]);
      room = maxBytes;
    }
    groups.at(-1)!.push(tensor);
    room -= bytes;
    total += bytes;
  }
  const shards = groups.map((group, i) => ({ file: fileOf(name, i + 1, groups.length), tensors: group }));
  const places = shards.flatMap(({ file, tensors: own }) =>
    own.map((tensor) => [tensor.name, file] as const),
  );
  return { shards, index: { metadata: { total_size: total }, weight_map: Object.fromEntries(places) } };
}

function fileOf(name: string, part: number, parts: number): string {
  const number = (value: number) => String(value).padStart(5, '0');
  return `${name}-${number(part)}-of-${number(parts)}.safetensors`;
}
