import type { TableConfig } from '../config/table.ts';
import { splitNames, type NegativesReport } from '../dataset.ts';
import { itemColumns } from '../negatives/item-columns.ts';
import type { Pairs } from '../negatives/read-pairs.ts';
import type { KnownPositives } from '../negatives/known-positives.ts';
import { NegativeSampler } from '../negatives/negative-sampler.ts';
import { ItemRows } from './item-rows.ts';
import { denseColumns } from '../columns/id-tables.ts';
import type { RowLayout } from './row-layout.ts';
import type { RowReader } from '../table/row-reader.ts';
import type { SplitRows } from '../table/split-rows.ts';
import type { DrawnItems } from './table-rows.ts';

/** What draws negatives, and collects the columns of their items. */
export interface Drawing {
  readonly rows: ItemRows;
  /** Once all chunks are collected. */
  items(): DrawnItems;
  readonly report: NegativesReport;
}

/**
 * Prepares the draws of negatives, if the config asks for them.
 * @param known positive pairs of other data
 * @throws `data/no-negatives`
 */
export function drawnItems(
  config: TableConfig,
  reader: RowReader,
  { rowsOf }: SplitRows,
  {
    layout,
    seed,
    known,
  }: { readonly layout: RowLayout; readonly seed: number; readonly known: Pairs | undefined },
): Drawing | undefined {
  const { negatives } = config;
  if (negatives === undefined) return undefined;
  const { ratio, by } = negatives;
  const users = reader.users.take(reader.rows);
  const items = reader.items.take(reader.rows);
  const rowOf = new Uint32Array(reader.itemNames.size);
  for (let row = reader.rows - 1; row >= 0; row--) rowOf[items[row]!] = row;
  // Where nothing is learnt, all rows are in one split.
  const split = splitNames.find((name) => rowsOf[name].length > 0)!;
  const weights = new Float64Array(rowOf.length).fill(by === 'uniform' ? 1 : 0);
  if (by === 'popularity') for (const row of rowsOf[split]) weights[items[row]!]!++;
  const nameOf = (user: number) => reader.userNames.valueAt(user);
  const sampler = NegativeSampler.of({ ratio, seed, users, items, weights, rowsOf, nameOf, known });
  const pairs = countPairs(sampler.positives, splitNames.indexOf(split));
  const drawable = weights.filter((weight) => weight > 0).length;
  const others = pairs.users * drawable - pairs.pairs;
  const columns = itemColumns(config);
  const isOfItem = ({ column }: { readonly column: string }) => columns.has(column);
  const isOf = { dense: denseColumns(config).map(isOfItem), features: config.features.map(isOfItem) };
  const rows = new ItemRows(layout, rowOf);
  return {
    rows,
    items: () => ({ sampler, chunk: rows.chunk(), ...isOf }),
    report: {
      ratio,
      by,
      users: pairs.users,
      items: drawable,
      logOddsShift: Math.log((ratio * pairs.pairs) / others),
    },
  };
}

/** The users of a split, and their different pairs. */
function countPairs(positives: KnownPositives, split: number) {
  const counts = { users: 0, pairs: 0 };
  for (let user = 0; user < positives.users; user++) {
    let own = 0;
    for (const item of positives.itemsOf(user)) if (item.split === split) own++;
    counts.pairs += own;
    if (own > 0) counts.users++;
  }
  return counts;
}
