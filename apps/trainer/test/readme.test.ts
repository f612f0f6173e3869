import { kindsWith } from '@ttrec/embeddings/configs';
import { compareConfigSchema } from '@ttrec/training/config';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** Every key that a JSON Schema knows, however deep. */
function keysOf(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const own =
    'properties' in node && typeof node.properties === 'object' ? Object.keys(node.properties!) : [];
  return [...own, ...Object.values(node).flatMap(keysOf)];
}

/** The fields of `data` are in the README of @ttrec/data, which this one links to. */
const own = z.strictObject(compareConfigSchema.shape).omit({ data: true });
const config = z.toJSONSchema(own, { unrepresentable: 'any', io: 'input' });
const keys = new Set(keysOf([config, kindsWith().kinds.map(({ schema }) => schema)]));

test('the keys of every section are found', () => {
  expect([...keys]).toEqual(
    expect.arrayContaining(['sameBytesAs', 'selfInteraction', 'colShape', 'epsilon', 'distribution']),
  );
});

test('the fields of data are a link away', () => {
  const [, path, anchor] = /\]\([^)#]*\/(packages\/data\/README\.md)#([^)]*)\)/.exec(readme)!;
  expect(anchor).toBe('every-field');
  expect(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')).toContain('\n## Every field\n');
});

test.each([...keys])('the README has the field %s', (key) => {
  const fields = readme.slice(readme.indexOf('## Every field'), readme.indexOf('## A run folder'));
  expect(fields).toMatch(new RegExp(`[\\x60"{ ]${key.replace('$', '\\$')}[\\x60", ]`));
});
