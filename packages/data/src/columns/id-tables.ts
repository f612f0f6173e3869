import type { DenseConfig, TableConfig, FeatureConfig, TableIds } from '../config/table.ts';
import type { CsvDenseEncoding, CsvFeatureEncoding } from '../encoding/encoding.ts';
import { error } from '../error.ts';

/**
 * The `ids` of each table, by name: those of a feature that uses the table, or else those of the config.
 *
 * @throws `data/conflicting-ids` if two features of a table differ; `data/duplicate-feature`
 */
export function idsOfTables(config: TableConfig): Map<string, TableIds> {
  checkNames(config.features.map(nameOf), 'features');
  checkNames(denseColumns(config).map(denseName), 'dense');
  const chosen = new Map<string, TableConfig['ids'] | undefined>();
  for (const feature of config.features) {
    const table = tableNameOf(feature);
    const earlier = chosen.get(table);
    if (earlier !== undefined && feature.ids !== undefined && !isSame(earlier, feature.ids)) {
      const rule = 'features that share a table must not give it different ids';
      throw error('conflicting-ids', { subject: `table ${table}`, rule, got: [earlier, feature.ids] });
    }
    chosen.set(table, earlier ?? feature.ids);
  }
  return new Map([...chosen].map(([name, ids]) => [name, ids ?? config.ids]));
}

/** The dense columns, those of `flagMissing` behind the columns that they are about. */
export function denseColumns({ dense }: TableConfig): DenseConfig[] {
  return dense.flatMap((each): DenseConfig[] =>
    each.flagMissing
      ? [each, { column: each.column, transform: 'missing', missing: 0, flagMissing: false }]
      : [each],
  );
}

/** The part of a dense column's encoding that its config says. */
export function denseShape(dense: DenseConfig): CsvDenseEncoding {
  const { column, time, clip, transform, missing } = dense;
  const name = denseName(dense);
  return { column, name: name === column ? undefined : name, time, clip, transform, missing };
}

function denseName({ name, column, transform }: DenseConfig): string {
  return name ?? (transform === 'missing' ? `${column}_missing` : column);
}

export function nameOf(feature: FeatureConfig): string {
  return (
    feature.name ?? (feature.cross === undefined ? feature.column : `${feature.column} × ${feature.cross}`)
  );
}

/** The part of a feature's encoding that its config says. */
export function featureShape(feature: FeatureConfig): CsvFeatureEncoding {
  const { column, separator, weights, time, cross } = feature;
  return { name: nameOf(feature), column, table: tableNameOf(feature), separator, weights, time, cross };
}

export function tableNameOf(feature: FeatureConfig): string {
  return feature.table ?? nameOf(feature);
}

function isSame(a: TableIds, b: TableIds): boolean {
  if (a.kind === 'hash') return b.kind === 'hash' && a.buckets === b.buckets;
  if (a.kind === 'row') return b.kind === 'row' && a.rows === b.rows;
  return (
    b.kind === 'vocabulary' &&
    a.minCount === b.minCount &&
    a.maxSize === b.maxSize &&
    a.unseen === b.unseen &&
    a.unseenRows === b.unseenRows
  );
}

function checkNames(names: readonly string[], field: string): void {
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  if (repeated === undefined) return;
  const hint = 'Give one of them another `name`, or remove it.';
  throw error('duplicate-feature', {
    subject: `config.${field}`,
    rule: 'each name must come once',
    got: repeated,
    hint,
  });
}
