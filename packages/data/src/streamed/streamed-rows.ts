import { readChunk, type StoredChunk } from '../chunks/chunk-list.ts';
import { scratchReader, type ScratchPlace, type ScratchReader } from '../chunks/scratch.ts';
import { streamedBatches, type StreamParts } from '../criteo/batches/streamed-batches.ts';
import { splitNames, type BatchOptions, type SplitName, type UnnamedBatch } from '../dataset.ts';
import { NegativeSampler, type SamplerState } from '../negatives/negative-sampler.ts';
import { splitOfRule, type SplitRule } from '../split/split.ts';
import type { RowLayout } from '../stored-rows/row-layout.ts';
import { StreamReader } from '../stored-rows/row-readers.ts';
import { TableRows, type DrawnItems } from '../stored-rows/table-rows.ts';

/** Encoded rows of a table in scratch. */
export interface StreamedTable {
  readonly format: 'table';
  readonly place: ScratchPlace;
  readonly chunks: readonly StoredChunk[];
  readonly layout: RowLayout;
  /** Of each row, positions in `splitNames`. */
  readonly splits: Uint8Array;
  /** Number of rows of each split, those that are drawn left out. */
  readonly rows: Readonly<Record<SplitName, number>>;
  readonly drawn: (Omit<DrawnItems, 'sampler'> & { readonly sampler: SamplerState }) | undefined;
  readonly order: { readonly seed: number; readonly window: number };
}

/** Encoded rows of a Criteo file in scratch. */
export interface StreamedCriteo extends Omit<StreamParts, 'scratch' | 'splitOf'> {
  readonly format: 'criteo';
  readonly place: ScratchPlace;
  readonly split: SplitRule;
}

/** Rows that do not fit in memory, as plain data: any thread of the process, or worker of the page, makes the same batches of them. */
export type StreamedRows = StreamedTable | StreamedCriteo;

export interface BatchSource {
  /** Number of rows of each split. */
  readonly rows: Readonly<Record<SplitName, number>>;
  batches(options: BatchOptions): AsyncGenerator<UnnamedBatch>;
}

/** @param scratch reads the rows; opened at their place by default, for another thread */
export function batchSource(
  streamed: StreamedRows,
  scratch: ScratchReader = scratchReader(streamed.place),
): BatchSource {
  if (streamed.format === 'criteo') {
    const parts = { ...streamed, scratch, splitOf: splitOfRule(streamed.split) };
    return { rows: streamed.rows, batches: (options) => streamedBatches(parts, options) };
  }
  const { layout, splits, drawn, chunks: stored, ...parts } = streamed;
  const chunks = { length: stored.length, get: (at: number) => readChunk(stored[at]!, scratch) };
  const readerOf = (split: SplitName) =>
    new StreamReader({ chunks, layout }, splits, splitNames.indexOf(split));
  const sampled = drawn && { ...drawn, sampler: new NegativeSampler(drawn.sampler) };
  return new TableRows({ ...parts, layout, readerOf, drawn: sampled });
}
