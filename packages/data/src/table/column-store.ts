import { splitNames, type UnnamedBatch, type FeatureBatch, type SplitName } from '../dataset.ts';
import { Digest } from '../digest.ts';
import { singleIdOffsets, type RowStore } from '../batches/stored-batches.ts';
import { OWN, type NegativeSampler } from '../negatives/negative-sampler.ts';
import type { EncodedFeature } from './feature-column.ts';

/** Where the columns of drawn items are. */
export interface DrawnItems {
  readonly sampler: NegativeSampler;
  /** [items] A row that has the columns of the item. */
  readonly rowOf: Uint32Array;
  /** By dense column and by feature, whether it is a column of the item. */
  readonly dense: readonly boolean[];
  readonly features: readonly boolean[];
}

/** The encoded rows of a CSV file, column by column. */
export class ColumnStore implements RowStore {
  readonly rows: Readonly<Record<SplitName, number>>;
  readonly #rowsOf: Readonly<Record<SplitName, Uint32Array>>;
  readonly #labels: Uint8Array;
  readonly #dense: readonly Float32Array[];
  readonly #features: readonly EncodedFeature[];
  readonly #weights: Float32Array | undefined;
  readonly #groups: Uint32Array | undefined;
  readonly #drawn: DrawnItems | undefined;

  constructor(parts: {
    /** Per split, the rows that are in it. */
    rowsOf: Readonly<Record<SplitName, Uint32Array>>;
    labels: Uint8Array;
    dense: readonly Float32Array[];
    features: readonly EncodedFeature[];
    /** [rows] */
    weights: Float32Array | undefined;
    /** [rows] */
    groups: Uint32Array | undefined;
    drawn: DrawnItems | undefined;
  }) {
    const rows = (split: SplitName) => parts.drawn?.sampler.rows(split) ?? parts.rowsOf[split].length;
    this.rows = { train: rows('train'), validation: rows('validation'), test: rows('test') };
    this.#rowsOf = parts.rowsOf;
    this.#labels = parts.labels;
    this.#dense = parts.dense;
    this.#features = parts.features;
    this.#weights = parts.weights;
    this.#groups = parts.groups;
    this.#drawn = parts.drawn;
  }

  /** Of every row's label, numbers, ids and split. */
  digest(): string {
    const digest = new Digest().add(this.#labels);
    for (const split of splitNames) digest.add(this.#rowsOf[split]);
    for (const column of this.#dense) digest.add(column);
    for (const feature of this.#features) {
      digest.add(feature.multiValued ? feature.bagOfRow : feature.ids);
      if (feature.multiValued) for (const bag of feature.bags) digest.add(bag);
      if (feature.multiValued && feature.weights) digest.add(feature.weights.all(this.#labels.length));
    }
    if (this.#weights) digest.add(this.#weights);
    if (this.#groups) digest.add(this.#groups);
    return digest.finish();
  }

  gather(split: SplitName, rowsOfSplit: Uint32Array, epoch: number): UnnamedBatch {
    const rowsOf = this.#rowsOf[split];
    const draws = this.#drawn?.sampler.draw(split, rowsOfSplit, epoch);
    const rows = (draws?.rows ?? rowsOfSplit).map((row) => rowsOf[row]!);
    const itemRows = draws
      ? draws.items.map((item, b) => (item === OWN ? rows[b]! : this.#drawn!.rowOf[item]!))
      : rows;
    const size = rows.length;
    const width = this.#dense.length;
    const dense = new Float32Array(size * width);
    this.#dense.forEach((column, at) => {
      const from = this.#drawn?.dense[at] ? itemRows : rows;
      for (let b = 0; b < size; b++) dense[b * width + at] = column[from[b]!]!;
    });
    const offsets = singleIdOffsets(size);
    return {
      size,
      labels: Float32Array.from(rows, (row, b) => (draws && draws.items[b] !== OWN ? 0 : this.#labels[row]!)),
      dense,
      features: this.#features.map((feature, f) => {
        const from = this.#drawn?.features[f] ? itemRows : rows;
        return feature.multiValued
          ? gatherBags(feature, from)
          : { indices: from.map((row) => feature.ids[row]!), offsets };
      }),
      ...(this.#weights && { weights: Float32Array.from(rows, (row) => this.#weights![row]!) }),
      ...(this.#groups && { groups: rows.map((row) => this.#groups![row]!) }),
    };
  }
}

function gatherBags(
  feature: Extract<EncodedFeature, { multiValued: true }>,
  rows: Uint32Array,
): FeatureBatch {
  const offsets = new Uint32Array(rows.length + 1);
  rows.forEach((row, b) => {
    offsets[b + 1] = offsets[b]! + feature.bags[feature.bagOfRow[row]!]!.length;
  });
  const indices = new Uint32Array(offsets[rows.length]!);
  rows.forEach((row, b) => indices.set(feature.bags[feature.bagOfRow[row]!]!, offsets[b]));
  if (feature.weights === undefined) return { indices, offsets };
  const perSampleWeights = new Float32Array(indices.length);
  rows.forEach((row, b) => perSampleWeights.set(feature.weights!.at(row), offsets[b]));
  return { indices, offsets, perSampleWeights };
}
