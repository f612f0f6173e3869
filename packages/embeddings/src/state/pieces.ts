import { product } from '@ttrec/core';
import type { Backend, DeviceBuffer } from '@ttrec/backend';
import type { TableParameter } from '../table/table-parameter.ts';
import { readChecked, type StateOwner } from './load-state.ts';
import { parameterEntries, type StateEntry } from './state-entry.ts';
import type { RowAccess, StateInfo, StateReader } from './state-tensor.ts';

/** Numbers that are read or written at a time of a tensor that has more. */
const PIECE = 2 ** 22;

/** The rows of each piece of a tensor: the first, and the one after the last. */
export function pieceSpans([length, ...rest]: readonly number[]): [start: number, end: number][] {
  const step = Math.max(1, Math.floor(PIECE / product(rest)));
  return Array.from({ length: Math.ceil(length! / step) }, (_, p) => [
    p * step,
    Math.min(length!, (p + 1) * step),
  ]);
}

/** A state whose large tensors, those of some parameters, can be read in pieces, and are loaded so: no copy of them is in memory. */
export function stateInPieces(
  backend: Backend,
  parameters: readonly TableParameter[],
  state: StateOwner,
): StateOwner {
  const buffers = new Map(parameters.flatMap((parameter) => buffersOf(backend, parameter)));
  return {
    ...state,
    entries: state.entries.map((entry) => {
      const buffer = buffers.get(entry.name);
      return buffer && buffer.rows * buffer.cols > PIECE
        ? loadedInPieces({ ...entry, rows: rowsOf(backend, buffer, () => state.settled()) })
        : entry;
    }),
  };
}

/** By the names of their tensors. */
function buffersOf(backend: Backend, parameter: TableParameter): (readonly [string, DeviceBuffer])[] {
  const { weights, state, lastStep } = parameter;
  const buffers = [weights, state, lastStep].filter((buffer) => buffer !== undefined);
  return parameterEntries(backend, parameter).map(({ name }, i) => [name, buffers[i]!]);
}

/** @param settled what steps began beside their updates ends first, or it would be read in part */
function rowsOf(backend: Backend, buffer: DeviceBuffer, settled: () => Promise<void>): RowAccess {
  const { cols } = buffer;
  return {
    async read(start, end) {
      await settled();
      return backend.read(buffer, start * cols, (end - start) * cols);
    },
    write: async (start, values) => backend.write(buffer, values, start * cols),
  };
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
