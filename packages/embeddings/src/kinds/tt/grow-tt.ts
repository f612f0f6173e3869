import type { TableSize } from '../../table/table-size.ts';
import type { TTConfig } from './tt-config.ts';
import { shapeOf } from './tt-shape.ts';

/**
 * The TT that holds more rows: the first row factor grows, and with it the number of slices of the first core. Its digit
 * is the most significant, so that every old id keeps its digits, and its row, bit for bit. Rows up to the product of the
 * old factors need no new slice.
 */
export function grownTT(config: TTConfig, from: TableSize, numEmbeddings: number): TTConfig {
  const { rowShape, colShape, ranks } = shapeOf(config, from);
  const [first, ...others] = rowShape as [number, ...number[]];
  const perSlice = others.reduce((product, factor) => product * factor, 1);
  const grown = [Math.max(first, Math.ceil(numEmbeddings / perSlice)), ...others];
  // Written out: what follows from the number of rows by default would follow from the new one.
  return { ...config, cores: rowShape.length, ranks, rowShape: grown, colShape };
}
