import { counted, typeName } from '@ttrec/core';
import { error } from '../error.ts';
import type { TableSize } from '../table/table-size.ts';
import { indexOfNonFinite } from './finite.ts';

/**
 * The rows of a table, read by ranges, so that ten million of them need not stand in memory at once. What `fromDense`
 * makes a table of; a bag is one itself.
 */
export interface RowSource extends TableSize {
  /**
   * The rows start … end - 1, [end - start, D] row-major. It may be a view that the next call overwrites; a table may be
   * read more than once, its ranges in any order. TT-matrices are made without holding the rows of a source that reads at once.
   */
  read(start: number, end: number): Float32Array | Promise<Float32Array>;
  /** [N]: how much each row counts where rows have to share, none negative: access counts, for one. All 1 by default. */
  readonly weights?: Float32Array | Float64Array | undefined;
}

/** Rows that follow each other. */
export interface RowBlock {
  /** The first row's id. */
  readonly start: number;
  readonly rows: number;
  /** [rows, D]; valid until the next block. */
  readonly values: Float32Array;
}

/** 1 MiB: what caches hold while a block is worked on. */
const BLOCK_ELEMENTS = 2 ** 18;

/**
 * A matrix on the host as a source of rows; nothing is copied.
 *
 * @param values [N, D], row-major
 * @throws `embeddings/bad-rows`
 */
export function denseRows(
  values: Float32Array,
  embeddingDim: number,
  weights?: Float32Array | Float64Array,
): RowSource {
  if (!(values instanceof Float32Array)) {
    throw error('bad-rows', { subject: 'dense rows', rule: 'must be a Float32Array', got: typeName(values) });
  }
  const numEmbeddings = values.length / embeddingDim;
  if (!Number.isInteger(numEmbeddings)) {
    const rule = `must hold rows of ${counted(embeddingDim, 'number')}`;
    throw error('bad-rows', { subject: 'dense rows', rule, got: counted(values.length, 'number') });
  }
  return {
    numEmbeddings,
    embeddingDim,
    read: (start, end) => values.subarray(start * embeddingDim, end * embeddingDim),
    weights,
  };
}

/** The rows start … end - 1 of a source, as a source. */
export function rowRange(source: RowSource, start: number, end: number): RowSource {
  return {
    numEmbeddings: end - start,
    embeddingDim: source.embeddingDim,
    read: (from, to) => source.read(start + from, start + to),
    weights: source.weights?.subarray(start, end),
  };
}

/** The columns first … first + cols - 1 of a source, as a source. */
export function columnRange(source: RowSource, first: number, cols: number): RowSource {
  const { embeddingDim } = source;
  return {
    numEmbeddings: source.numEmbeddings,
    embeddingDim: cols,
    weights: source.weights,
    async read(start, end) {
      const values = await source.read(start, end);
      const out = new Float32Array((end - start) * cols);
      for (let row = 0; row < end - start; row++) {
        const from = row * embeddingDim + first;
        out.set(values.subarray(from, from + cols), row * cols);
      }
      return out;
    },
  };
}

/**
 * Every row of a source once, in ascending blocks.
 *
 * @throws `embeddings/bad-rows` (another number of values than asked for), `embeddings/row-not-finite`
 */
export async function* rowBlocks(source: RowSource): AsyncGenerator<RowBlock> {
  const { numEmbeddings, embeddingDim } = source;
  const most = Math.max(1, Math.floor(BLOCK_ELEMENTS / embeddingDim));
  for (let start = 0; start < numEmbeddings; start += most) {
    const rows = Math.min(most, numEmbeddings - start);
    const values = await source.read(start, start + rows);
    checkBlock({ start, rows, values }, embeddingDim);
    yield { start, rows, values };
  }
}

/** The rows start … end - 1 of a source that reads at once. Throws what `rowBlocks` throws. */
export function checkedRows(source: RowSource, start: number, end: number): Float32Array {
  const values = source.read(start, end) as Float32Array;
  checkBlock({ start, rows: end - start, values }, source.embeddingDim);
  return values;
}

/** [N, D] in one piece. Throws what `rowBlocks` throws. */
export async function allRows(source: RowSource): Promise<Float32Array> {
  const all = new Float32Array(source.numEmbeddings * source.embeddingDim);
  for await (const { start, values } of rowBlocks(source)) all.set(values, start * source.embeddingDim);
  return all;
}

/** Refuses a source of another size than the table. @throws `embeddings/bad-rows`, `embeddings/bad-row-weights` */
export function checkSource(subject: string, source: RowSource, size: TableSize): void {
  requireSource(`rows for ${subject}`, source);
  const { numEmbeddings, embeddingDim } = size;
  if (source.numEmbeddings !== numEmbeddings || source.embeddingDim !== embeddingDim) {
    throw error('bad-rows', {
      subject: `rows for ${subject}`,
      rule: `must be ${numEmbeddings} x ${embeddingDim}`,
      got: `${source.numEmbeddings} x ${source.embeddingDim}`,
    });
  }
  if (!source.weights) return;
  const bad = (rule: string, got: unknown) =>
    error('bad-row-weights', { subject: `weights of rows for ${subject}`, rule, got });
  if (source.weights.length !== numEmbeddings)
    throw bad(`must be one for each of ${counted(numEmbeddings, 'row')}`, source.weights.length);
  const at = source.weights.findIndex((weight) => !(weight >= 0 && weight < Infinity));
  if (at >= 0) throw bad('must be finite numbers from 0', `${source.weights[at]} for row ${at}`);
}

/** `checkSource`, and reads every row once. Throws also what `rowBlocks` throws. */
export async function checkRows(subject: string, source: RowSource, size: TableSize): Promise<void> {
  checkSource(subject, source, size);
  const blocks = rowBlocks(source);
  while (!(await blocks.next()).done);
}

/** Rejects what has no rows to read. @throws `embeddings/bad-rows` */
export function requireSource(subject: string, source: RowSource): void {
  if (typeof (source as Partial<RowSource> | null | undefined)?.read === 'function') return;
  const rule = 'must be a source of rows, such as denseRows returns';
  throw error('bad-rows', { subject, rule, got: typeName(source) });
}

function checkBlock({ start, rows, values }: RowBlock, embeddingDim: number): void {
  if (values.length !== rows * embeddingDim) {
    throw error('bad-rows', {
      subject: `rows ${start} to ${start + rows - 1} of a source`,
      rule: `must come as ${rows} x ${embeddingDim} numbers`,
      got: values.length,
    });
  }
  const at = indexOfNonFinite(values);
  if (at < 0) return;
  throw error('row-not-finite', {
    subject: `row ${start + Math.floor(at / embeddingDim)}, column ${at % embeddingDim} of a source`,
    rule: 'must be a finite number',
    got: values[at],
  });
}
