import type { TableConfig } from '../config/table.ts';
import { splitNames, type NegativesReport, type SplitName } from '../dataset.ts';
import { itemColumns } from '../negatives/item-columns.ts';
import type { KnownPositives } from '../negatives/known-positives.ts';
import { NegativeSampler } from '../negatives/negative-sampler.ts';
import type { DrawnItems } from './column-store.ts';
import { denseColumns } from './id-tables.ts';
import type { RowReader } from './row-reader.ts';

/** Prepares the draws of negatives, if the config asks for them. @throws `data/no-negatives` */
export function drawnItems(
  config: TableConfig,
  reader: RowReader,
  rowsOf: Readonly<Record<SplitName, Uint32Array>>,
  seed: number,
): { readonly items: DrawnItems; readonly report: NegativesReport } | undefined {
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
  const sampler = new NegativeSampler({ ratio, seed, users, items, weights, rowsOf, nameOf });
  const pairs = countPairs(sampler.positives, splitNames.indexOf(split));
  const drawable = weights.filter((weight) => weight > 0).length;
  const others = pairs.users * drawable - pairs.pairs;
  const columns = itemColumns(config);
  const isOfItem = ({ column }: { readonly column: string }) => columns.has(column);
  return {
    items: {
      sampler,
      rowOf,
      dense: denseColumns(config).map(isOfItem),
      features: config.features.map(isOfItem),
    },
    report: {
      ratio,
      by,
      users: pairs.users,
      items: drawable,
      logOddsShift: Math.log((ratio * rowsOf[split].length) / others),
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
