import { counted } from '@ttrec/core';
import { error } from '../error.ts';
import {
  kindOf,
  nameOf,
  PickleDict,
  PickleInstance,
  PickleList,
  PickleObject,
  PickleTuple,
  type PickleValue,
} from '../pickle/pickle-value.ts';
import { duplicateName } from '../tensor/unique-names.ts';
import { TorchTensor, type StorageView, type TensorFault } from './torch-objects.ts';

export interface NamedTensors {
  readonly tensors: ReadonlyMap<string, StorageView | TensorFault>;
  /** Other text and numbers, as text. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A pickle can refer to one dictionary many times, at any depth: the number and the length of names are limited too. */
const MAX_DEPTH = 32;

/**
 * Returns the tensors of nested dictionaries, lists and tuples, with their keys joined by dots, as PyTorch names parameters. Other
 * objects are ignored.
 * @param limit on how many values may be visited, and, for each depth, on the letters of all names
 * @throws `tensor-files/no-state-dict`, `tensor-files/pickle-limit`, `tensor-files/duplicate-name`
 */
export function namedTensors(root: PickleValue, subject: string, limit: number): NamedTensors {
  if (!(root instanceof PickleDict) && !(root instanceof PickleInstance && !root.isEmpty)) {
    throw noStateDict(subject, kindOf(root));
  }
  const tensors = new Map<string, StorageView | TensorFault>();
  const metadata = new Map<string, string>();
  const ignored = new Set<string>();
  let visited = 0;
  let letters = 0;
  const visit = (value: PickleValue, path: readonly string[]): void => {
    if (++visited > limit || path.length > MAX_DEPTH) {
      const rule = `must hold at most ${counted(limit, 'value')}, no deeper than ${MAX_DEPTH}`;
      throw error('pickle-limit', { subject, rule });
    }
    letters += path.reduce((sum, key) => sum + key.length + 1, 0);
    if (letters > MAX_DEPTH * limit) {
      const rule = `its names must have at most ${MAX_DEPTH * limit} letters together`;
      throw error('pickle-limit', { subject, rule, got: letters });
    }
    const name = path.join('.');
    const named = value instanceof TorchTensor ? tensors : metadata;
    const isText = typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
    if (value instanceof TorchTensor || isText) {
      if (named.has(name)) throw duplicateName(subject, name);
      if (value instanceof TorchTensor) tensors.set(name, value.view);
      else metadata.set(name, String(value));
    } else {
      if (value instanceof PickleInstance) ignored.add(value.kind);
      for (const [key, part] of partsOf(value)) visit(part, [...path, key]);
    }
  };
  visit(root, []);
  if (tensors.size === 0 && ignored.size > 0) throw noStateDict(subject, [...ignored].slice(0, 5).join(', '));
  return { tensors, metadata: Object.fromEntries(metadata) };
}

function noStateDict(subject: string, got: string): Error {
  const rule = 'must hold a dictionary of tensors';
  return error('no-state-dict', { subject, rule, got, hint: 'Save model.state_dict().' });
}

function* partsOf(value: PickleValue): Generator<[name: string, part: PickleValue]> {
  const [dict, items] =
    value instanceof PickleInstance && !value.isEmpty
      ? [value.dict, value.list.items]
      : [value instanceof PickleDict ? value : undefined, itemsOf(value)];
  let place = 0;
  for (const [key, part] of dict?.entries ?? []) yield [keyName(key, place++), part];
  for (const [i, part] of items.entries()) yield [`${i}`, part];
}

function itemsOf(value: PickleValue): readonly PickleValue[] {
  return value instanceof PickleList || value instanceof PickleTuple ? value.items : [];
}

/** Objects of one class have the same name, so their position in the dictionary is added. */
function keyName(key: PickleValue, place: number): string {
  const parts = key instanceof PickleTuple ? key.items : [key];
  const isObject = parts.some((part) => part instanceof PickleObject || part instanceof PickleTuple);
  return isObject ? `${nameOf(key)}#${place}` : nameOf(key);
}
