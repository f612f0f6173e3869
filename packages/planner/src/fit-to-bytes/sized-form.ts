import { cost, type TableConfig, type TableSize } from '@ttrec/embeddings';
import { resizedConfig } from '@ttrec/embeddings/configs';

/** The config of a form that takes as many of `bytes` as it can; undefined if its smallest takes more. */
export type FitTable = (bytes: number) => TableConfig | undefined;

/** A way to store a table that can be made to take about any number of bytes. */
export interface SizedForm {
  readonly name: string;
  /** Fits tables of one size. More bytes never give a table of fewer parameters. */
  for(size: TableSize): FitTable;
}

/** A form whose one size its kind chooses, such as the buckets of a hash. */
export function resizedForm(name: string, config: TableConfig): SizedForm {
  return { name, for: (size) => (bytes) => within(resizedConfig(config, size, bytes), size, bytes) };
}

/** The config, if it fits. */
export function within(config: TableConfig, size: TableSize, bytes: number): TableConfig | undefined {
  return cost(config, size).bytes <= bytes ? config : undefined;
}
