import type { Chunk, Section } from '../chunks/chunk.ts';
import type { UnnamedBatch } from '../dataset.ts';
import { gatherRows } from './gather-rows.ts';
import type { RowLayout } from './row-layout.ts';

/** Collects the row of each item from chunks that pass by, into a chunk with a row for each item. */
export class ItemRows {
  readonly #layout: RowLayout;
  /** [items] Rising: items are numbered by first appearance. */
  readonly #rowOf: Uint32Array;
  readonly #parts: UnnamedBatch[] = [];
  #next = 0;

  constructor(layout: RowLayout, rowOf: Uint32Array) {
    this.#layout = layout;
    this.#rowOf = rowOf;
  }

  /** Takes a chunk; they come in order. */
  collect(chunk: Chunk, firstRow: number): void {
    const first = this.#next;
    const end = firstRow + chunk[this.#layout.labels]!.length;
    while (this.#next < this.#rowOf.length && this.#rowOf[this.#next]! < end) this.#next++;
    const at = this.#rowOf.subarray(first, this.#next).map((row) => row - firstRow);
    const rows = { chunks: new Array<Chunk>(at.length).fill(chunk), at };
    this.#parts.push(gatherRows(this.#layout, rows, () => rows));
  }

  chunk(): Chunk {
    const { dense, features } = this.#layout;
    const sections: Section[] = Array.from({ length: dense }, (_, column) =>
      joined(Float32Array, (part) => part.dense.filter((_number, i) => i % dense === column), this.#parts),
    );
    features.forEach(({ multiValued, weighted }, f) => {
      if (multiValued) sections.push(this.#ends(f));
      sections.push(joined(Uint32Array, (part) => part.features[f]!.indices, this.#parts));
      if (weighted)
        sections.push(joined(Float32Array, (part) => part.features[f]!.perSampleWeights!, this.#parts));
    });
    return sections;
  }

  #ends(feature: number): Uint32Array {
    const ends = new Uint32Array(this.#rowOf.length);
    let row = 0;
    let before = 0;
    for (const { size, features } of this.#parts) {
      const { offsets } = features[feature]!;
      for (let b = 0; b < size; b++) ends[row++] = before + offsets[b + 1]!;
      before += offsets[size]!;
    }
    return ends;
  }
}

function joined<T extends Float32Array | Uint32Array>(
  type: new (length: number) => T,
  of: (part: UnnamedBatch) => T,
  parts: readonly UnnamedBatch[],
): T {
  const all = parts.map(of);
  const out = new type(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const values of all) {
    out.set(values, at);
    at += values.length;
  }
  return out;
}
