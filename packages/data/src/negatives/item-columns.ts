import type { TableConfig } from '../config/table.ts';
import { error } from '../error.ts';

/**
 * The columns that a drawn item brings along: its own, those that the config adds, and those joined by one of them.
 * @throws `data/bad-config` for a feature made of a column of the item and another
 */
export function itemColumns({ negatives, join, features }: TableConfig): ReadonlySet<string> {
  if (negatives === undefined) return new Set();
  const columns = new Set([negatives.item, ...negatives.columns]);
  for (const { on, columns: joined } of join) {
    if (columns.has(on)) for (const column of joined) columns.add(column);
  }
  features.forEach(({ column, cross, weights }, f) => {
    const other = cross ?? weights;
    if (other === undefined || columns.has(column) === columns.has(other)) return;
    throw error('bad-config', {
      subject: `config.features.${f}`,
      rule: 'must not combine a column of the item with another column',
      got: `${column} and ${other}`,
      hint: 'A drawn item has values in its own columns only: see `negatives.columns`.',
    });
  });
  return columns;
}
