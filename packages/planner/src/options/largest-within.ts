import type { TableOption, TableOptions } from './table-options.ts';

/**
 * The best of all options of one table that fit `bytes`, each in its largest size. For a table that is planned alone: its loss may
 * rise by a little where the best option changes. The smallest option must fit.
 */
export function largestWithin({ options, ofKinds, price }: TableOptions, bytes: number): TableOption {
  let best: TableOption | undefined;
  for (const option of [...options, ...ofKinds]) {
    if (option.bytes > bytes) continue;
    const candidate = option.grow?.(bytes - option.overhead);
    const grown = candidate && price(option.kind, candidate);
    const largest = grown && grown.bytes <= bytes && grown.loss <= option.loss ? grown : option;
    if (best === undefined || largest.loss < best.loss) best = largest;
  }
  return best!;
}
