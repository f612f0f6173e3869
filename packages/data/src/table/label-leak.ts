import type { TableConfig } from '../config/table.ts';
import { error } from '../error.ts';

/**
 * Rejects the label's column as an input, and columns joined by it: a model that reads the answer learns nothing else. `versus` needs no
 * check, because the original columns cannot be used.
 *
 * @throws `data/label-leak`
 */
export function refuseLabelLeak({ label, join, dense, features }: TableConfig): void {
  if ('versus' in label || 'every' in label) return;
  const leaks = new Set([label.column]);
  for (const { on, columns } of join) if (leaks.has(on)) for (const column of columns) leaks.add(column);
  for (const [field, inputs] of Object.entries({ dense, features })) {
    inputs.forEach((input, at) => {
      const column = [input.column, 'cross' in input ? input.cross : undefined].find(
        (name) => name && leaks.has(name),
      );
      if (column === undefined) return;
      throw error('label-leak', {
        subject: `config.${field}.${at}.column`,
        rule: `must be neither the label's column, ${label.column}, nor joined by it`,
        got: column,
        hint: 'Remove it: it gives the model the answer.',
      });
    });
  }
}
