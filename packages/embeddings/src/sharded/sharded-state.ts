import { product } from '@ttrec/core';
import { readChecked } from '../state/load-state.ts';
import type { StateEntry } from '../state/state-entry.ts';
import type { RowAccess, StateInfo, StateReader } from '../state/state-tensor.ts';

/** Reads and writes rows of tensors by id, whoever holds them. */
export interface ShardLink {
  /** @param tensor its place among those of the table @returns rows start … end - 1 */
  read(tensor: number, start: number, end: number): Promise<Float32Array>;
  write(tensor: number, start: number, values: Float32Array): Promise<void>;
}

/** Numbers that are read or written at a time. */
const PIECE = 2 ** 22;

/** The rows of each piece of a tensor: the first, and the one after the last. */
export function pieceSpans([length, ...rest]: readonly number[]): [start: number, end: number][] {
  const step = Math.max(1, Math.floor(PIECE / product(rest)));
  return Array.from({ length: Math.ceil(length! / step) }, (_, p) => [
    p * step,
    Math.min(length!, (p + 1) * step),
  ]);
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
  return {
    ...entry,
    shape: [of.rows, ...rest],
    rows,
    data: () => rows.read(0, of.rows),
    write: (values: Float32Array) => rows.write(0, values),
    async load(info: StateInfo, reader: StateReader, writes: boolean) {
      for (const [start, values] of pieces(info, reader)) {
        const checked = (await readChecked({ ...info, check: entry.check }, values)) as Float32Array;
        if (writes) await rows.write(start, checked);
      }
    },
  } as StateEntry;
}

/** Readers of the pieces of a tensor, each by the first row that it has. */
function pieces({ name, dtype }: StateInfo, reader: StateReader): [start: number, piece: StateReader][] {
  const { shape } = reader.tensors.get(name)!;
  if (!reader.readRows) return [[0, reader]];
  return pieceSpans(shape).map(([start, end]) => {
    const tensors = new Map([[name, { dtype, shape: [end - start, ...shape.slice(1)] }]]);
    const named = `${reader.name}, from row ${start}`;
    return [start, { name: named, tensors, read: () => reader.readRows!(name, start, end) }];
  });
}
