import type { CsvConfig, CsvFeature, CsvIds } from '../config/csv.ts';
import { error } from '../error.ts';

/**
 * How the tables of a config get their ids, by name: a table's ids are those of the features that name it and say something, else the
 * config's.
 *
 * @throws `data/conflicting-ids` if they say different things; `data/duplicate-feature`
 */
export function idsOfTables(config: CsvConfig): Map<string, CsvIds> {
  checkNames(config.features.map(nameOf), 'features');
  checkNames(
    config.dense.map((dense) => dense.column),
    'dense',
  );
  const chosen = new Map<string, CsvConfig['ids'] | undefined>();
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

export function nameOf(feature: CsvFeature): string {
  return feature.name ?? feature.column;
}

export function tableNameOf(feature: CsvFeature): string {
  return feature.table ?? nameOf(feature);
}

function isSame(a: CsvConfig['ids'], b: CsvConfig['ids']): boolean {
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
  const hint = 'Give one of them a `name` of its own, or take it out.';
  throw error('duplicate-feature', {
    subject: `config.${field}`,
    rule: 'each name must come once',
    got: repeated,
    hint,
  });
}
