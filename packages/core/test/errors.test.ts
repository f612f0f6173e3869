import { errorsOf, isTtrecError, nearest, within } from '../src/index.ts';
import { expect, test } from 'vitest';

const error = errorsOf('embeddings');

test('a message names package, subject, rule, value and hint, in that order', () => {
  const thrown = error('index-out-of-range', {
    subject: 'feature "C3", bag 4, position 7',
    rule: 'an index must be below 1000',
    got: 1000,
    hint: 'Hash the ids, or raise numEmbeddings.',
  });
  expect(thrown.message).toBe(
    '[embeddings] feature "C3", bag 4, position 7: an index must be below 1000, got 1000. ' +
      'Hash the ids, or raise numEmbeddings.',
  );
  expect(thrown.code).toBe('embeddings/index-out-of-range');
});

test('value, hint and cause may be left out, and an undefined value can be shown', () => {
  expect(error('a', { subject: 's', rule: 'r' }).message).toBe('[embeddings] s: r.');
  expect(error('a', { subject: 's', rule: 'r', got: undefined }).message).toBe(
    '[embeddings] s: r, got undefined.',
  );
  const cause = new Error('disk full');
  expect(error('a', { subject: 's', rule: 'r', cause }).cause).toBe(cause);
});

test('a long value is cut', () => {
  const { message } = error('a', { subject: 's', rule: 'r', got: Array.from({ length: 500 }, () => 1) });
  expect(message.length).toBeLessThan(260);
  expect(message).toContain('…');
});

test('isTtrecError tells by name and code', () => {
  expect(isTtrecError(error('a', { subject: 's', rule: 'r' }), 'embeddings/a')).toBe(true);
  expect(isTtrecError(error('a', { subject: 's', rule: 'r' }), 'embeddings/b')).toBe(false);
  expect(isTtrecError(new Error('a'))).toBe(false);
});

test('nearest finds a misspelt word and refuses to guess a far one', () => {
  const keys = ['embeddingDim', 'bottomMlp', 'topMlp', 'interaction'];
  expect(nearest('embedingDim', keys)).toBe('embeddingDim');
  expect(nearest('EMBEDDINGDIM', keys)).toBe('embeddingDim');
  expect(nearest('colour', keys)).toBeUndefined();
});

test('within tells of the larger thing too, keeps the code, and leaves foreign errors alone', () => {
  const inner = error('bad-ranks', { subject: 'ranks', rule: 'must be from 1', got: 0, hint: 'Raise it.' });
  const outer = within('table "C3"', inner);
  expect(isTtrecError(outer, 'embeddings/bad-ranks')).toBe(true);
  expect(outer).toMatchObject({
    message: '[embeddings] table "C3", ranks: must be from 1, got 0. Raise it.',
    cause: inner,
  });
  const foreign = new RangeError('no');
  expect(within('table "C3"', foreign)).toBe(foreign);
});

test('a value cannot be taken for one of another type', () => {
  const shown: readonly (readonly [unknown, string])[] = [
    [7, '7'],
    ['7', '"7"'],
    [' -1e5', '" -1e5"'],
    ['0x1F', '"0x1F"'],
    ['-Infinity', '"-Infinity"'],
    [NaN, 'NaN'],
    ['NaN', '"NaN"'],
    [7n, '7n'],
    ['7n', '"7n"'],
    [true, 'true'],
    ['true', '"true"'],
    [null, 'null'],
    ['null', '"null"'],
    ['undefined', '"undefined"'],
    ['', '""'],
    ['dense ', '"dense "'],
    ['dense', 'dense'],
    ['7 rows', '7 rows'],
    ['68fd1e64', '68fd1e64'],
    [[7, '7'], '[7,"7"]'],
  ];
  for (const [got, text] of shown) {
    expect(error('a', { subject: 's', rule: 'r', got }).message).toBe(`[embeddings] s: r, got ${text}.`);
  }
});

test('a name that is not text does not stand in the way of its error', () => {
  for (const [subject, shown] of [
    [Symbol('s'), 'symbol'],
    [7n, '7n'],
    [Object.create(null), '{}'],
    [null, 'null'],
  ] as const) {
    const parts = { subject: subject as string, rule: 'r', hint: subject as string };
    expect(error('a', parts).message).toBe(`[embeddings] ${shown}: r. ${shown}`);
  }
});
