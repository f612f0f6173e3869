import type { TableShape } from './buffer.ts';

/** Which tables an engine with a device keeps on the host, where their rows are gathered and updated. */
export interface HostRows {
  /** Tables of more bytes than this. */
  readonly aboveBytes: number;
  /** And tables of more rows than this. */
  readonly aboveRows: number;
}

export type Placement = 'device' | 'host';

/** Where a table lies: its weights and the state of its optimizer alike. Anything else is on the device. */
export function placementOf(table: TableShape | undefined, hostRows: HostRows | undefined): Placement {
  if (table === undefined || hostRows === undefined) return 'device';
  const isLarge = 4 * table.rows * table.cols > hostRows.aboveBytes || table.rows > hostRows.aboveRows;
  return isLarge ? 'host' : 'device';
}
