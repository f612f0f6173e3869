import { error } from '../error.ts';

export interface NpyDict {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

const NUMBER = String.raw`\d{1,16}L?`;
/** The three fields, in any order: a string, a boolean, a tuple of integers. Each token is read one way only. */
const FIELD = new RegExp(
  String.raw`\s*(['"])(descr|fortran_order|shape)\1\s*:\s*(?:(['"])([^'"\\]*)\3|(True|False)|\(\s*((?:${NUMBER}\s*,\s*)*(?:${NUMBER})?)\s*\))\s*(?:,|(?=\}))`,
  'y',
);

/**
 * Parses the header, a Python dictionary with `descr`, `fortran_order` and `shape`, once each. Nothing is evaluated.
 * @throws `tensor-files/header-not-utf8`, `tensor-files/bad-npy-header`; `tensor-files/unknown-dtype` for records
 */
export function parseNpyDict(bytes: Uint8Array, name: string): NpyDict {
  const subject = `${name}: header`;
  const text = decode(bytes, subject);
  const refuse = (rule: string) => error('bad-npy-header', { subject, rule, got: text.trim().slice(0, 120) });
  const fields = new Map<string, string | boolean | readonly number[]>();
  if (!text.startsWith('{')) throw refuse('must be a dictionary');
  let at = 1;
  for (;;) {
    FIELD.lastIndex = at;
    const found = FIELD.exec(text);
    if (found === null) break;
    const [whole, , key, , string, boolean, tuple] = found;
    if (fields.has(key!)) throw refuse(`must hold "${key!}" once`);
    fields.set(key!, string ?? (boolean === undefined ? numbersOf(tuple!) : boolean === 'True'));
    at += whole.length;
  }
  if (!/^\s*\}\s*$/.test(text.slice(at)))
    throw refuse('must hold descr, fortran_order and shape and no more');
  const [descr, fortranOrder, shape] = ['descr', 'fortran_order', 'shape'].map((key) => fields.get(key));
  if (typeof descr !== 'string') throw refuse('descr must be a string, such as <f4');
  if (typeof fortranOrder !== 'boolean') throw refuse('fortran_order must be True or False');
  if (!Array.isArray(shape)) throw refuse('shape must be a tuple of integers');
  return { descr, fortranOrder, shape: shape as number[] };
}

function numbersOf(tuple: string): number[] {
  return [...tuple.matchAll(/\d+/g)].map(([digits]) => Number(digits));
}

function decode(bytes: Uint8Array, subject: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw error('header-not-utf8', { subject, rule: 'must be UTF-8', cause });
  }
}
