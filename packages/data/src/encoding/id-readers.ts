import { CellFault } from '../columns/cell.ts';
import type { DatasetSchema, FeatureSchema } from '../dataset.ts';
import { FLOAT32_RULE, fitsFloat32 } from '../float32.ts';
import type { RawCell, RawValue } from './raw-rows.ts';
import type { DenseReader, FeatureReader, Readers } from './readers.ts';

/** The readers of rows whose values are numbers and ids already, under the names of a schema. */
export function idReaders({ dense, features }: DatasetSchema): Readers {
  return { dense: dense.map(denseReader), features: features.map(featureReader) };
}

function denseReader(column: string): DenseReader {
  return {
    column,
    read(cell) {
      const value = numberOf(cell);
      if (fitsFloat32(value)) return value;
      throw new CellFault(column, Number.isNaN(value) ? 'must be a finite number' : FLOAT32_RULE, cell);
    },
  };
}

function featureReader({ name: column, numEmbeddings, multiValued }: FeatureSchema): FeatureReader {
  const idOf = (value: RawCell): number => {
    const id = numberOf(value);
    if (Number.isInteger(id) && id >= 0 && id < numEmbeddings) return id;
    throw new CellFault(column, `must be an id from 0 to ${numEmbeddings - 1}`, value);
  };
  return {
    column,
    idOf: multiValued ? undefined : idOf,
    read(cell, ids) {
      if (!multiValued) ids.push(idOf(cell));
      else for (const part of Array.isArray(cell) ? (cell as RawValue[]) : [cell]) ids.push(idOf(part));
    },
  };
}

/** NaN for what is no number. */
function numberOf(cell: RawCell): number {
  if (typeof cell === 'number' || typeof cell === 'bigint') return Number(cell);
  return typeof cell === 'string' && /^[+-]?[0-9.]+(e[+-]?[0-9]+)?$/i.test(cell.trim()) ? Number(cell) : NaN;
}
