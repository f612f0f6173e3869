import type { RowSource, TableConfig } from '@ttrec/embeddings';
import { compressTable, type CompressedTable, type CompressOptions } from '@ttrec/embeddings/compress';
import { chooseTable, type ChooseTableOptions } from '@ttrec/planner';

/** Either the config of the table, or what to choose it by. */
export interface CompressRowsOptions extends Omit<CompressOptions, 'table'> {
  readonly table: TableConfig | undefined;
  readonly budget: Pick<ChooseTableOptions, 'bytes' | 'kinds'> | undefined;
}

/** Throws what `chooseTable` and `compressTable` throw. */
export async function compressRows(
  rows: RowSource,
  { table, budget, ...options }: CompressRowsOptions & { readonly name: string },
): Promise<CompressedTable> {
  const { name, matmul, fineTune } = options;
  const trainable = fineTune !== undefined;
  const chosen = table ?? (await chooseTable(rows, { ...budget!, trainable, name, matmul }));
  return compressTable(rows, { ...options, table: chosen });
}
