import { product } from '@ttrec/core';
import { readChecked } from './load-state.ts';
import { PIECE, type StateEntry } from './state-entry.ts';
import type { StateInfo, StateReader } from './state-tensor.ts';

/** The rows of each piece of a tensor: the first, and the one after the last. */
export function pieceSpans([length, ...rest]: readonly number[]): [start: number, end: number][] {
  const step = Math.max(1, Math.floor(PIECE / product(rest)));
  return Array.from({ length: Math.ceil(length! / step) }, (_, p) => [
    p * step,
    Math.min(length!, (p + 1) * step),
  ]);
}

/** An entry that checks and writes a tensor in pieces, so that no copy of it is in memory. One without access to rows stays as it is. */
export function loadedInPieces(entry: StateEntry): StateEntry {
  const { rows, check } = entry;
  if (!rows) return entry;
  return {
    ...entry,
    async load(info: StateInfo, reader: StateReader, writes: boolean) {
      for (const [start, values] of pieces(info, reader)) {
        const checked = (await readChecked({ ...info, check }, values)) as Float32Array;
        if (writes) await rows.write(start, checked);
      }
    },
  };
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
