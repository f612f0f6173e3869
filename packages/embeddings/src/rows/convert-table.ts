import { wholeBlock, type Backend } from '@ttrec/backend';
import { Gather } from '../lookup/gather.ts';
import { Workspace } from '../lookup/workspace.ts';
import type { ConversionWay, EmbeddingTable, FitOptions } from '../table/embedding-table.ts';
import type { RowSource } from './row-source.ts';

/** How far the rows of one table are from those of another. */
export interface ConversionReport {
  readonly way: ConversionWay;
  /** Rows compared: all, or of a very large table an even sample. */
  readonly rows: number;
  /** ‖new - old‖ / ‖old‖ over those rows; 0 for rows of zeros that stayed so. */
  readonly relativeError: number;
  /** The largest difference of two numbers. */
  readonly largestError: number;
}

/** Rows compared at most. */
const MOST_COMPARED = 2 ** 20;
const ROWS_AT_A_TIME = 2 ** 13;

/** Makes one table as near to another as it can be: part by part and without rows where both allow it, else of its rows. */
export async function takeOver(
  backend: Backend,
  to: EmbeddingTable,
  from: EmbeddingTable,
  options: FitOptions,
): Promise<ConversionWay> {
  const way = await to.copyFrom?.(from, options);
  if (way) return way;
  const rows = new TableSource(backend, from);
  try {
    await to.fit(rows, options);
  } finally {
    rows.dispose();
  }
  return 'rows';
}

/** Compares two tables row by row. O(N·D), or of the sample. */
export async function compareRows(
  from: RowReader,
  to: RowReader,
  way: ConversionWay,
): Promise<ConversionReport> {
  const count = Math.min(from.numEmbeddings, MOST_COMPARED);
  const idAt = (i: number) => Math.floor((i * from.numEmbeddings) / count);
  let [size, distance, largest] = [0, 0, 0];
  for (let start = 0; start < count; start += ROWS_AT_A_TIME) {
    const length = Math.min(ROWS_AT_A_TIME, count - start);
    const ids = Uint32Array.from({ length }, (_, i) => idAt(start + i));
    const [old, now] = [await from.rows(ids), await to.rows(ids)];
    for (let at = 0; at < old.length; at++) {
      const difference = Math.abs(now[at]! - old[at]!);
      size += old[at]! ** 2;
      distance += difference ** 2;
      largest = Math.max(largest, difference);
    }
  }
  const relativeError = distance === 0 ? 0 : Math.sqrt(distance / size);
  return { way, rows: count, relativeError, largestError: largest };
}

interface RowReader {
  readonly numEmbeddings: number;
  rows(ids: Uint32Array): Promise<Float32Array>;
}

/** The rows of a table that is not a bag's. */
export class TableSource implements RowSource {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly #backend: Backend;
  readonly #gather: Gather;
  readonly #workspace: Workspace;

  constructor(backend: Backend, table: EmbeddingTable) {
    this.numEmbeddings = table.numEmbeddings;
    this.embeddingDim = table.embeddingDim;
    this.#backend = backend;
    this.#gather = new Gather(backend, table, 'convert');
    this.#workspace = new Workspace(backend, 'convert/rows');
  }

  async read(start: number, end: number): Promise<Float32Array> {
    const all = new Float32Array((end - start) * this.embeddingDim);
    for (let first = start; first < end; first += ROWS_AT_A_TIME) {
      const rows = Math.min(ROWS_AT_A_TIME, end - first);
      const out = wholeBlock(this.#workspace.matrix('rows', rows, this.embeddingDim), rows);
      this.#gather.rows({ ids: Uint32Array.from({ length: rows }, (_, i) => first + i) }, out, false);
      const values = await this.#backend.read(out.buffer, 0, rows * this.embeddingDim);
      all.set(values, (first - start) * this.embeddingDim);
    }
    return all;
  }

  dispose(): void {
    this.#gather.dispose();
    this.#workspace.dispose();
  }
}
