import type { RowSource, TableConfig } from '@ttrec/embeddings';
import { compressTable, type CompressedTable, type CompressOptions } from '@ttrec/embeddings/compress';
import { chooseTable, type ChooseTableOptions } from '@ttrec/planner';
import type { KindModules } from '@ttrec/training/config';
import { generatorsOf } from '../plan/own-kinds.ts';

/** Either the config of the table, or what to choose it by. */
export interface CompressRowsOptions extends Omit<CompressOptions, 'table' | 'kinds'> {
  readonly table: TableConfig | undefined;
  readonly budget: Pick<ChooseTableOptions, 'bytes' | 'kinds'> | undefined;
  readonly kinds?: KindModules | undefined;
}

/** Throws what `chooseTable` and `compressTable` throw. */
export async function compressRows(
  rows: RowSource,
  { table, budget, kinds, ...options }: CompressRowsOptions & { readonly name: string },
): Promise<CompressedTable> {
  const { name, matmul, fineTune } = options;
  const trainable = fineTune !== undefined;
  const generators = generatorsOf(kinds);
  const chosen = table ?? (await chooseTable(rows, { ...budget!, generators, trainable, name, matmul }));
  return compressTable(rows, { ...options, table: chosen, kinds: kinds?.kinds });
}
