import type { TableConfig } from '../config/table.ts';

/** The columns that a config expects of its source: those that it names, without joined ones and the sides of contests. */
export function columnsOf({ label, join, distinct, dense, features, split }: TableConfig): string[] {
  const joined = new Set(join.flatMap(({ columns }) => columns));
  const isVersus = 'versus' in label;
  const names = [
    ...('column' in label ? [label.column] : []),
    ...join.map(({ on }) => on),
    ...(distinct ?? []),
    ...dense.map(({ column }) => column),
    ...features.map(({ column }) => column),
    ...(split.by === 'column' ? [split.column] : []),
  ];
  return [...new Set(names)].filter((name) => !joined.has(name) && !(isVersus && /^[ab]_/.test(name)));
}
