import { bytesOf } from '../cells/cells.ts';
import { numberOf, type FilterConfig } from '../config/table.ts';
import { isEqual, orderIn, type Cell } from '../columns/cell.ts';

/** Returns a function that tells whether the loaded row keeps a condition. An empty cell is below and above nothing. It throws CellFault. */
export function rowFilter(filter: FilterConfig, cell: Cell): () => boolean {
  if ('oneOf' in filter || 'noneOf' in filter) {
    const values = ('oneOf' in filter ? filter.oneOf : filter.noneOf).map(bytesOf);
    const wanted = 'oneOf' in filter;
    return () => values.some((value) => isEqual(cell, value)) === wanted;
  }
  const { atLeast = -Infinity, below = Infinity } = filter;
  const isTime = [atLeast, below].some((bound) => typeof bound === 'string');
  const [least, end] = [numberOf(atLeast), numberOf(below)];
  return () => {
    if (cell.isEmpty) return false;
    const value = orderIn(cell, isTime);
    return value >= least && value < end;
  };
}
