import { error } from '../error.ts';
import { PickleDict, PickleList, PickleTuple, type PickleValue } from '../pickle/pickle-value.ts';
import { duplicateName } from '../safetensors/header.ts';
import { TorchTensor, type StorageView } from './torch-objects.ts';

export interface NamedTensors {
  readonly tensors: ReadonlyMap<string, StorageView>;
  /** Text and numbers beside them, as text. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * A pickle may hold the same dictionary in many places, and those many others: names are counted. It may also hold one long key at
 * every depth: so are their letters.
 */
const MAX_DEPTH = 32;

/**
 * The tensors of nested dictionaries, lists and tuples, each under its keys joined by dots, as PyTorch names the parameters of
 * a module inside a module.
 * @param limit on how many values may be visited, and, for each depth, on the letters of all names
 * @throws `tensor-files/no-state-dict`, `tensor-files/pickle-limit`, `tensor-files/duplicate-name`
 */
export function namedTensors(root: PickleValue, subject: string, limit: number): NamedTensors {
  if (!(root instanceof PickleDict)) {
    const rule = 'must hold a dictionary of tensors';
    throw error('no-state-dict', { subject, rule, hint: 'Save model.state_dict().' });
  }
  const tensors = new Map<string, StorageView>();
  const metadata: [string, string][] = [];
  let visited = 0;
  let letters = 0;
  const visit = (value: PickleValue, path: readonly string[]): void => {
    if (++visited > limit || path.length > MAX_DEPTH) {
      const rule = `must hold at most ${limit} values, no deeper than ${MAX_DEPTH}`;
      throw error('pickle-limit', { subject, rule });
    }
    letters += path.reduce((sum, key) => sum + key.length + 1, 0);
    if (letters > MAX_DEPTH * limit) {
      const rule = `its names must have at most ${MAX_DEPTH * limit} letters together`;
      throw error('pickle-limit', { subject, rule, got: letters });
    }
    const name = path.join('.');
    if (value instanceof TorchTensor) {
      if (tensors.has(name)) throw duplicateName(subject, name);
      tensors.set(name, value.view);
    } else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
      metadata.push([name, String(value)]);
    } else {
      for (const [key, part] of partsOf(value)) visit(part, [...path, String(key)]);
    }
  };
  visit(root, []);
  return { tensors, metadata: Object.fromEntries(metadata) };
}

function partsOf(value: PickleValue): Iterable<[unknown, PickleValue]> {
  if (value instanceof PickleDict) return value.entries;
  if (value instanceof PickleList || value instanceof PickleTuple) return value.items.entries();
  return [];
}
