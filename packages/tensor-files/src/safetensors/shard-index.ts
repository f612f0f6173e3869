import { JsonFault, readJson } from '@ttrec/core/json';
import { error } from '../error.ts';
import { duplicateName } from '../tensor/unique-names.ts';

/** The content of a `*.safetensors.index.json`, as Hugging Face's libraries write it. */
export interface ShardIndex {
  readonly metadata: {
    readonly total_size: number;
    /** The digest of each file, as in pages: `sha256-` and base64. Other programs leave it out, and ignore it. */
    readonly integrity?: Readonly<Record<string, string>>;
  };
  /** Which file holds each tensor. */
  readonly weight_map: Readonly<Record<string, string>>;
}

/** The index of a large model takes tens of kilobytes. */
export const MAX_INDEX_BYTES = 100_000_000;

/** A file beside the index, so that an index cannot read other files. */
export const SHARD_FILE = /^(?!\.)[A-Za-z0-9._-]{1,200}$/;

/**
 * Returns the files of an index, each with the names of its tensors.
 * @param name shown in errors
 * @throws `tensor-files/bad-index`, `tensor-files/duplicate-name`
 */
export function parseShardIndex(bytes: Uint8Array, name: string): ReadonlyMap<string, readonly string[]> {
  const { weight_map: map } = parse(bytes, name) as Partial<ShardIndex>;
  if (typeof map !== 'object' || (map as unknown) === null || Array.isArray(map)) {
    throw badIndex(name, 'must hold weight_map, an object of file names by tensor', map);
  }
  const files = new Map<string, string[]>();
  for (const [tensor, file] of Object.entries(map)) {
    if (typeof file !== 'string' || !SHARD_FILE.test(file)) {
      throw badIndex(
        `${name}: tensor "${tensor}"`,
        'must lie in a file beside the index, named by A-Z a-z 0-9 . _ -',
        file,
      );
    }
    const tensors = files.get(file);
    if (tensors === undefined) files.set(file, [tensor]);
    else tensors.push(tensor);
  }
  return files;
}

function parse(bytes: Uint8Array, name: string): object {
  let value: unknown;
  try {
    value = readJson(error, 'bad-index', name, bytes, { allowProto: true });
  } catch (thrown) {
    const { cause } = thrown as Error;
    throw cause instanceof JsonFault && cause.kind === 'duplicate-key'
      ? duplicateName(name, cause.key!)
      : thrown;
  }
  if (typeof value === 'object' && value !== null) return value;
  throw badIndex(name, 'must be a JSON object', value);
}

export function badIndex(subject: string, rule: string, got: unknown): Error {
  return error('bad-index', { subject, rule, got });
}
