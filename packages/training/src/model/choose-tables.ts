import type { DatasetSchema } from '@ttrec/data';
import type { TableConfig, TableSpec } from '@ttrec/embeddings';
import type { TableKind } from '@ttrec/embeddings/kind';
import { counted, didYouMean } from '@ttrec/core';
import { checkArgument } from '@ttrec/core/options';
import { error } from '../error.ts';

/** How the tables of a dataset are stored: later fields win over earlier ones. */
export interface TablesChoice {
  readonly default: TableConfig;
  /** So many of the largest tables, by rows. */
  readonly largest?: { readonly count: number; readonly use: TableConfig } | undefined;
  readonly byName?: Readonly<Record<string, TableConfig>> | undefined;
}

/**
 * Decides how each table of a dataset is stored: by name, else by being among the largest, else the default.
 *
 * @param kinds kinds of your own that the configs name
 * @throws `training/unknown-table`, naming the nearest; `training/bad-count`, `training/reserved-name`
 */
export function chooseTables(
  schema: DatasetSchema,
  tables: TablesChoice,
  kinds?: readonly TableKind[],
): TableSpec[] {
  checkArgument(error, 'chooseTables, schema', schema, 'the schema of a dataset', 'features');
  const sizes = new Map(schema.features.map(({ table, numEmbeddings }) => [table, numEmbeddings]));
  if (sizes.has('__proto__')) throw reservedName();
  const byName = new Map<string, TableConfig>(Object.entries(tables.byName ?? {}));
  for (const name of byName.keys()) {
    if (!sizes.has(name)) throw unknownTable(name, [...sizes.keys()]);
  }
  const count = tables.largest?.count ?? 0;
  if (count > sizes.size) throw tooMany(count, sizes.size);
  const bySize = [...sizes].sort(([, a], [, b]) => b - a).map(([name]) => name);
  const largest = new Set(bySize.slice(0, count));
  return [...sizes].map(([name, numEmbeddings]) => {
    const config = byName.get(name) ?? (largest.has(name) ? tables.largest!.use : tables.default);
    return { name, numEmbeddings, config, kinds };
  });
}

/** A count that means all tables and one that was mistyped look the same: say it by `default`. */
function tooMany(count: number, tables: number): Error {
  return error('bad-count', {
    subject: 'tables.largest.count',
    rule: `must be at most the ${counted(tables, 'table')} of the data`,
    got: count,
  });
}

/** A config by name could not be read again: no JSON of ours may have that key. */
function reservedName(): Error {
  return error('reserved-name', {
    subject: 'data, table "__proto__"',
    rule: 'must have another name, which JavaScript does not reserve',
    hint: 'Give the feature a "table" of another name.',
  });
}

function unknownTable(name: string, known: readonly string[]): Error {
  const rule = `must name tables of the data: ${known.join(', ')}`;
  return error('unknown-table', {
    subject: 'model.tables.byName',
    rule,
    got: name,
    hint: didYouMean(name, known),
  });
}
