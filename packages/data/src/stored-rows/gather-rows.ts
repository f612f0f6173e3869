import { singleIdOffsets } from '../batches/stored-batches.ts';
import type { Chunk, Section } from '../chunks/chunk.ts';
import type { FeatureBatch, UnnamedBatch } from '../dataset.ts';
import type { RowLayout } from './row-layout.ts';

/** Rows of chunks: row b of a batch is row `at[b]` of `chunks[b]`. */
export interface PickedRows {
  readonly chunks: readonly Chunk[];
  readonly at: Uint32Array;
}

/** The batch of some rows. @param rowsOf where the values of a dense column or a feature are taken from */
export function gatherRows(
  layout: RowLayout,
  own: PickedRows,
  rowsOf: (column: { readonly dense: number } | { readonly feature: number }) => PickedRows,
): UnnamedBatch {
  const size = own.at.length;
  const dense = new Float32Array(size * layout.dense);
  for (let column = 0; column < layout.dense; column++) {
    const { chunks, at } = rowsOf({ dense: column });
    for (let b = 0; b < size; b++) dense[b * layout.dense + column] = chunks[b]![column]![at[b]!]!;
  }
  const offsets = singleIdOffsets(size);
  const uint32 = (section: number, { chunks, at }: PickedRows) => {
    const values = new Uint32Array(size);
    for (let b = 0; b < size; b++) values[b] = chunks[b]![section]![at[b]!]!;
    return values;
  };
  const features = layout.features.map(({ first, multiValued, weighted }, feature): FeatureBatch => {
    const rows = rowsOf({ feature });
    return multiValued ? gatherBags(rows, first, weighted) : { indices: uint32(first, rows), offsets };
  });
  const float32 = (section: number) => Float32Array.from(own.at, (at, b) => own.chunks[b]![section]![at]!);
  const { weights, groups } = layout;
  return {
    size,
    labels: float32(layout.labels),
    dense,
    features,
    ...(weights !== undefined && { weights: float32(weights) }),
    ...(groups !== undefined && { groups: uint32(groups, own) }),
  };
}

/** A chunk of some rows of another. */
export function chunkOfRows(layout: RowLayout, chunk: Chunk, rows: Uint32Array): Chunk {
  const bags = layout.features.filter(({ multiValued }) => multiValued);
  const sections = chunk.map((section): Section => {
    const taken = new (section.constructor as new (length: number) => Section)(rows.length);
    for (let at = 0; at < rows.length; at++) taken[at] = section[rows[at]!]!;
    return taken;
  });
  const picked = { chunks: Array.from(rows, () => chunk), at: rows };
  for (const { first, weighted } of bags) {
    const { offsets, indices, perSampleWeights } = gatherBags(picked, first, weighted);
    const own = [offsets.subarray(1), indices, ...(perSampleWeights ? [perSampleWeights] : [])];
    sections.splice(first, own.length, ...own);
  }
  return sections;
}

function gatherBags({ chunks, at }: PickedRows, first: number, weighted: boolean): FeatureBatch {
  const startOf = (b: number) => (at[b] === 0 ? 0 : chunks[b]![first]![at[b]! - 1]!);
  const endOf = (b: number) => chunks[b]![first]![at[b]!]!;
  const offsets = new Uint32Array(at.length + 1);
  for (let b = 0; b < at.length; b++) offsets[b + 1] = offsets[b]! + endOf(b) - startOf(b);
  const take = <T extends Uint32Array | Float32Array>(out: T, section: number) => {
    for (let b = 0; b < at.length; b++)
      out.set(chunks[b]![section]!.subarray(startOf(b), endOf(b)), offsets[b]);
    return out;
  };
  const length = offsets[at.length]!;
  return {
    indices: take(new Uint32Array(length), first + 1),
    offsets,
    ...(weighted && { perSampleWeights: take(new Float32Array(length), first + 2) }),
  };
}
