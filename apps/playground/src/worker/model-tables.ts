import type { TableConfig } from '@ttrec/embeddings';
import { Planner } from '@ttrec/planner';
import type { Settings } from '../settings/settings.ts';
import { chooseTables, isForm, type TableSize } from '../settings/tables.ts';

/**
 * How each table is stored, by its name: in the form of the settings, or as a plan splits their budget.
 *
 * @throws `planner/budget-too-small`
 */
export function modelTables(
  settings: Settings,
  sizes: readonly TableSize[],
): (table: { readonly name: string }) => TableConfig {
  const { kind, embeddingDim, budget } = settings;
  const tables = isForm(kind)
    ? chooseTables(kind, settings, sizes)
    : new Planner(sizes, { embeddingDim, optimizer: { rule: 'adagrad' } }).plan(1000 * budget).tables;
  const configs = new Map(tables.map(({ name, config }) => [name, config]));
  return ({ name }) => configs.get(name)!;
}
