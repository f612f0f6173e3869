import { loadedInPieces } from '../state/pieces.ts';
import type { StateEntry } from '../state/state-entry.ts';
import type { RowAccess } from '../state/state-tensor.ts';

/** Reads and writes rows of tensors by id, whoever holds them. */
export interface ShardLink {
  /** @param tensor its place among those of the table @returns rows start … end - 1 */
  read(tensor: number, start: number, end: number): Promise<Float32Array>;
  write(tensor: number, start: number, values: Float32Array): Promise<void>;
}

/** The entry of a tensor of all workers, from that of one. It is read and written in pieces. */
export function shardedEntry(
  { shape: [, ...rest], ...entry }: StateEntry,
  of: { readonly rows: number; readonly tensor: number; readonly link: () => ShardLink },
): StateEntry {
  const { tensor, link } = of;
  const rows: RowAccess = {
    read: (start, end) => link().read(tensor, start, end),
    write: async (start, values) => link().write(tensor, start, values),
  };
  return loadedInPieces({
    ...entry,
    shape: [of.rows, ...rest],
    rows,
    data: () => rows.read(0, of.rows),
    write: (values: Float32Array) => rows.write(0, values),
  } as StateEntry);
}
