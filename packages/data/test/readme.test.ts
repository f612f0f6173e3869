import { readFileSync } from 'node:fs';
import { dataConfigSchema } from '@ttrec/data';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** What the walk below needs to know of a JSON Schema. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly const?: unknown;
  readonly default?: unknown;
}

/** Every field below a schema as `path.to.field`, with its default; those of a list's items stand for each of them. */
function fieldsOf(schema: Schema, path = ''): { path: string; default: unknown }[] {
  const alternatives = [
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    ...(schema.items ? [schema.items] : []),
  ];
  return [
    ...alternatives.flatMap((alternative) => fieldsOf(alternative, path)),
    ...Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
      const at = path === '' ? key : `${path}.${key}`;
      return [{ path: at, default: field.default }, ...fieldsOf(field, at)];
    }),
  ];
}

/** The rows of the first table behind a heading, by the field that each is about. */
function tableBehind(heading: string): Map<string, string[]> {
  const [, section] = readme.split(`\n### ${heading}\n`);
  const table = /(?:^\|.*\n)+/m.exec(section!)![0];
  const rows = table.trimEnd().split('\n').slice(2);
  return new Map(
    rows.map((row) => {
      const cells = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
      return [cells[1]!.replaceAll('`', ''), cells];
    }),
  );
}

const schemas = z.toJSONSchema(dataConfigSchema, { io: 'input' }) as Schema;
const formats = new Map(
  (schemas.oneOf ?? schemas.anyOf ?? []).map((schema) => [String(schema.properties!.format!.const), schema]),
);

/** Formats of named columns, whose common fields are those of csv. */
const tables = ['jsonl', 'parquet', 'duckdb', 'rows'];
const common = new Set(fieldsOf(formats.get('csv')!).map(({ path }) => path));

test('the schema has these formats', () => {
  expect([...formats.keys()]).toEqual(['criteo', 'csv', ...tables, 'synthetic']);
});

test.each(tables)('%s has the fields of csv, but for those of text', (format) => {
  const fields = new Set(fieldsOf(formats.get(format)!).map(({ path }) => path));
  expect([...common].filter((path) => !fields.has(path) && path !== 'path')).toEqual(['delimiter', 'quote']);
});

describe.each([...formats])('the README on %s', (format, schema) => {
  // A feature's own ids have the fields of the config's; its row says so.
  const fields = fieldsOf(schema).filter(
    ({ path }) =>
      path !== 'format' &&
      !path.startsWith('features.ids.') &&
      !(tables.includes(format) && path !== 'path' && common.has(path)),
  );
  const table = fields.length > 0 ? tableBehind(`\`${format}\``) : new Map<string, string[]>();

  test('tells of every field, and of no other', () => {
    expect([...table.keys()].toSorted()).toEqual([...new Set(fields.map(({ path }) => path))].toSorted());
  });

  test.each(fields.filter((field) => field.default !== undefined))('gives the default of $path', (field) => {
    expect(table.get(field.path)![3]).toContain(`\`${JSON.stringify(field.default)}\``);
  });
});
