import { errorsOf } from '@ttrec/core';
import { checkChoice, checkOptions, type OptionRules } from '@ttrec/core/options';
import { expect, test } from 'vitest';

interface Options {
  readonly rows: number;
  readonly pooling?: 'sum' | 'mean';
  readonly signs?: boolean;
  readonly name?: string;
}

interface Shape {
  readonly kind: 'round' | 'square';
  readonly label: string;
  readonly size: number;
}

const error = errorsOf('shop');
const rules: OptionRules<Options> = {
  rows: 'any',
  pooling: ['sum', 'mean'],
  signs: 'boolean',
  name: 'string',
};
const check = (options: unknown) => () => checkOptions(error, 'Shop', options as Options, rules);

test('options with known names and values pass; undefined counts as left out', () => {
  for (const options of [
    { rows: 3 },
    { rows: 3, pooling: 'mean', signs: false, name: '' },
    { rows: 3, pooling: undefined, signs: undefined },
  ]) {
    expect(check(options)).not.toThrow();
  }
});

test.each<[unknown, string, string]>([
  [{ rows: 1, poolings: 'sum' }, 'unknown-option', 'got poolings. Did you mean "pooling"?'],
  [{ rows: 1, Pooling: 'sum' }, 'unknown-option', 'takes only rows, pooling, signs, name, got Pooling.'],
  [
    { rows: 1, colour: 1 },
    'unknown-option',
    '[shop] Shop: takes only rows, pooling, signs, name, got colour.',
  ],
  [{ rows: 1, toString: 1 }, 'unknown-option', 'got toString.'],
  [JSON.parse('{ "__proto__": 1 }'), 'unknown-option', 'got __proto__.'],
  [
    { pooling: 'Mean' },
    'bad-option',
    'Shop, pooling: must be one of sum, mean, got Mean. Did you mean "mean"?',
  ],
  [{ pooling: null }, 'bad-option', 'Shop, pooling: must be one of sum, mean, got null.'],
  [{ pooling: ['sum'] }, 'bad-option', 'must be one of sum, mean, got ["sum"].'],
  [{ signs: 'yes' }, 'bad-option', 'Shop, signs: must be true or false, got yes.'],
  [{ signs: 1 }, 'bad-option', 'Shop, signs: must be true or false, got 1.'],
  [{ name: 7 }, 'bad-option', 'Shop, name: must be a string, got 7.'],
  [null, 'bad-options', 'Shop: must be an object, got null.'],
  [undefined, 'bad-options', 'Shop: must be an object, got undefined.'],
  [[], 'bad-options', 'Shop: must be an object, got [].'],
  ['sum', 'bad-options', 'Shop: must be an object, got sum.'],
])('%j: %s', (options, code, words) => {
  expect(check(options)).toThrow(expect.objectContaining({ code: `shop/${code}` }));
  expect(check(options)).toThrow(words);
});

test.each<[object, string]>([
  [{}, 'Shape, kind: must be one of round, square, got undefined.'],
  [{ kind: 'round' }, 'Shape, label: must be a string, got undefined.'],
  [{ kind: 'rund', label: '' }, 'got rund. Did you mean "round"?'],
])('a required option is not left out: %j', (options, words) => {
  const shapeRules: OptionRules<Shape> = {
    kind: { required: ['round', 'square'] },
    label: { required: 'string' },
    size: 'any',
  };
  const run = () => checkOptions(error, 'Shape', options as Shape, shapeRules);
  expect(run).toThrow(expect.objectContaining({ code: 'shop/bad-option' }));
  expect(run).toThrow(words);
});

test('a function without options takes none', () => {
  expect(() => checkOptions(error, 'close', Object({ now: true }) as object, {})).toThrow(
    '[shop] close: takes no options, got now.',
  );
});

const cyclic: unknown[] = [];
cyclic.push(cyclic);
let deep: unknown[] = [];
for (let i = 0; i < 1e5; i++) deep = [deep];

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a number', Number.NaN],
  ['a symbol', Symbol('sum')],
  ['a bigint', 1n],
  ['an object with one', { value: 1n }],
  ['a function', () => 'sum'],
  ['an object without a prototype', Object.create(null)],
  ['a String object', Object('sum')],
  ['a list that holds itself', cyclic],
  ['lists 100,000 deep', deep],
  ['the empty string', ''],
])('whatever is not a choice is rejected with a short message: %s', (_, got) => {
  const thrown = () => checkChoice(error, 'bad-pooling', 'pooling', got, ['sum', 'mean']);
  expect(thrown).toThrow(expect.objectContaining({ code: 'shop/bad-pooling' }));
  expect(thrown).toThrow(/^\[shop\] pooling: must be one of sum, mean, got .{0,210}$/);
});

test('the compiler asks for the choices of an enumeration and for the type of a flag', () => {
  // @ts-expect-error -- an enumeration cannot be left unchecked
  const lax: OptionRules<Options> = { rows: 'any', pooling: 'any', signs: 'boolean', name: 'string' };
  // @ts-expect-error -- neither can an option be left out
  const short: OptionRules<Options> = { rows: 'any', pooling: ['sum', 'mean'], signs: 'boolean' };
  expect([lax, short]).toHaveLength(2);
});
