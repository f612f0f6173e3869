import type { TableConfig, FeatureConfig, TableIds } from '../config/table.ts';
import { error } from '../error.ts';

/**
 * The `ids` of each table, by name: those of a feature that uses the table, or else those of the config.
 *
 * @throws `data/conflicting-ids` if two features of a table differ; `data/duplicate-feature`
 */
export function idsOfTables(config: TableConfig): Map<string, TableIds> {
  checkNames(config.features.map(nameOf), 'features');
  checkNames(
    config.dense.map((dense) => dense.column),
    'dense',
  );
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

export function nameOf(feature: FeatureConfig): string {
  return feature.name ?? feature.column;
}

export function tableNameOf(feature: FeatureConfig): string {
  return feature.table ?? nameOf(feature);
}

function isSame(a: TableConfig['ids'], b: TableConfig['ids']): boolean {
  if (a.kind === 'hash') return b.kind === 'hash' && a.buckets === b.buckets;
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
