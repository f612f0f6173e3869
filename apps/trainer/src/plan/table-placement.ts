import { placementOf } from '@ttrec/backend';
import type { TableSpec } from '@ttrec/embeddings';
import { rowTables } from '@ttrec/embeddings/configs';
import type { TableRow } from '@ttrec/training/records';
import { hostRowsOf } from '../engines.ts';

/** Where the numbers of a table lie; `host, device` for one that wraps some of each. */
export type TablePlacement = 'device' | 'host' | 'host, device';

/**
 * Rows of a plan with where an engine will keep each table: a function of the configs alone.
 * @throws `backend/unknown-backend`, `trainer/engine-not-installed`
 */
export async function placedRows(
  rows: readonly TableRow[],
  at: { readonly tables: readonly TableSpec[]; readonly embeddingDim: number; readonly backend: string },
): Promise<(TableRow & { readonly placement: TablePlacement })[]> {
  const hostRows = await hostRowsOf(at.backend);
  return rows.map((row, t) => {
    const { config, numEmbeddings, kinds } = at.tables[t]!;
    if (hostRows === undefined || row.inferenceOnly) return { ...row, placement: 'host' };
    const inside = rowTables(config, { numEmbeddings, embeddingDim: at.embeddingDim }, kinds);
    const onHost = inside.filter((table) => placementOf(table, hostRows) === 'host');
    if (onHost.length === 0) return { ...row, placement: 'device' };
    const parameters = onHost.reduce((sum, table) => sum + table.rows * table.cols, 0);
    return { ...row, placement: parameters === row.parameters ? 'host' : 'host, device' };
  });
}
