import { expect, test } from 'vitest';
import { guessRoles } from '../src/protocol/guess-roles.ts';

const rolesOf = (header: readonly string[], records: readonly (readonly string[])[]) =>
  guessRoles(header, records).map(({ role, positive }) => (role === 'label' ? `label ${positive}` : role));

const records = Array.from({ length: 60 }, (_, i) => [
  String(i % 2),
  String(i / 4),
  String(1000 + i),
  `page-${i % 5}`,
  String(i % 3),
]);

test('a label by its name, numbers by their decimals, ids by their names and their few values', () => {
  expect(rolesOf(['clicked', 'age', 'user_id', 'page', 'weekday'], records)).toEqual([
    'label 1',
    'number',
    'id',
    'id',
    'id',
  ]);
});

test('without such a name, the first column of two values', () => {
  const words = records.map(([flag, ...rest]) => [...rest, flag === '1' ? 'yes' : 'no']);
  expect(rolesOf(['a', 'b', 'c', 'd', 'e'], words)).toEqual(['number', 'number', 'id', 'id', 'label yes']);
});

test('a column without values is no number', () => {
  expect(
    rolesOf(
      ['label', 'x'],
      [
        ['0', ''],
        ['1', ''],
      ],
    ),
  ).toEqual(['label 1', 'id']);
});

test('a file without rows still has columns', () => {
  expect(guessRoles(['a', 'b'], []).map(({ examples }) => examples)).toEqual([[], []]);
});
