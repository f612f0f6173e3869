import type { TableConfig } from '../config/table.ts';

/** The columns that a config expects of its source: those that it names, without joined ones and the sides of contests. */
export function columnsOf(config: TableConfig): string[] {
  const { label, join, distinct, dense, features, split, where, weight, group, negatives } = config;
  const joined = new Set(join.flatMap(({ columns }) => columns));
  const isVersus = 'versus' in label;
  const names = [
    ...('column' in label ? [label.column] : []),
    ...join.map(({ on }) => on),
    ...(distinct ?? []),
    ...dense.map(({ column }) => column),
    ...features.flatMap(({ column, cross, weights }) => [column, cross, weights]),
    ...where.map(({ column }) => column),
    weight,
    group,
    ...(negatives ? [negatives.user, negatives.item] : []),
    ...(split.by === 'column' ? [split.column] : []),
  ];
  return [...new Set(names)].filter(
    (name): name is string => name !== undefined && !joined.has(name) && !(isVersus && /^[ab]_/.test(name)),
  );
}
