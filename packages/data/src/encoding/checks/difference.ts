import { TextList } from '../../cells/text-list.ts';
import { hexOf } from '../../criteo/vocabularies/hex.ts';
import type { Encoding } from '../encoding.ts';

/** Where two values first differ, and what is there. */
export interface Difference {
  /** Such as `tables.player.values.17`. Elements of a list are named if they have a name. */
  readonly place: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/**
 * The first place where two encodings turn a raw value into different numbers, or undefined. Criteo values are shown in hexadecimal digits,
 * as in the file. O(V).
 */
export function encodingDifference(expected: Encoding, got: Encoding): Difference | undefined {
  // How many rows were held out, or what scores are shifted by, makes no number another.
  const apart = { heldOut: undefined, logOddsShift: undefined };
  return firstDifference({ ...expected, ...apart }, { ...got, ...apart });
}

/** Compares plain data and typed arrays, depth first, in the order of `expected`. An absent key equals undefined. */
export function firstDifference(expected: unknown, got: unknown): Difference | undefined {
  if (Object.is(expected, got)) return undefined;
  if (expected instanceof TextList && got instanceof TextList && expected.equals(got)) return undefined;
  if (!isObject(expected) || !isObject(got) || isList(expected) !== isList(got)) {
    return { place: '', expected, got };
  }
  return isList(expected) && isList(got) ? listDifference(expected, got) : keyDifference(expected, got);
}

/** Elements before lengths: the first difference is more useful than the lengths. */
function listDifference(expected: List, got: List): Difference | undefined {
  const shared = Math.min(expected.length, got.length);
  for (let i = 0; i < shared; i++) {
    const inside = firstDifference(expected.at(i), got.at(i));
    if (inside) return within(nameOf(expected.at(i)) ?? String(i), shown(inside, expected));
  }
  if (expected.length === got.length) return undefined;
  const at = nameOf(expected.at(shared) ?? got.at(shared)) ?? String(shared);
  return shown({ place: at, expected: expected.at(shared), got: got.at(shared) }, expected);
}

/** Shows Criteo values in hexadecimal digits. */
function shown(difference: Difference, list: List): Difference {
  if (!(list instanceof Uint32Array)) return difference;
  const digits = (value: unknown) => (typeof value === 'number' ? hexOf(value) : value);
  return { ...difference, expected: digits(difference.expected), got: digits(difference.got) };
}

function keyDifference(expected: object, got: object): Difference | undefined {
  for (const key of new Set([...Object.keys(expected), ...Object.keys(got)])) {
    const inside = firstDifference(Reflect.get(expected, key), Reflect.get(got, key));
    if (inside) return within(key, inside);
  }
  return undefined;
}

function within(step: string, { place, ...values }: Difference): Difference {
  return { place: place === '' ? step : `${step}.${place}`, ...values };
}

type List = Pick<readonly unknown[], 'length' | 'at'>;

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isList(value: object): value is List & object {
  return Array.isArray(value) || value instanceof Uint32Array || value instanceof TextList;
}

/** The name of a table, a feature or a dense column. */
function nameOf(element: unknown): string | undefined {
  if (!isObject(element)) return undefined;
  const name: unknown =
    Reflect.get(element, 'name') ?? Reflect.get(element, 'table') ?? Reflect.get(element, 'column');
  return typeof name === 'string' ? name : undefined;
}
