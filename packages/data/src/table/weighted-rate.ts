import type { Chunk } from '../chunks/chunk.ts';
import { error } from '../error.ts';
import type { RowLayout } from '../stored-rows/row-layout.ts';

/** The share of positives among training rows, by their weights. */
export class WeightedRate {
  readonly #layout: RowLayout;
  readonly #isTrain: (row: number) => boolean;
  /** By label. */
  readonly #sums: [negatives: number, positives: number] = [0, 0];

  constructor(layout: RowLayout, isTrain: (row: number) => boolean) {
    this.#layout = layout;
    this.#isTrain = isTrain;
  }

  collect(chunk: Chunk, firstRow: number): void {
    const { weights, labels } = this.#layout;
    const own = chunk[weights!]!;
    chunk[labels]!.forEach((label, row) => {
      if (this.#isTrain(firstRow + row)) this.#sums[label as 0 | 1] += own[row]!;
    });
  }

  /** @throws `data/one-class` where a class has no weight: a base rate of 0 or 1 has no logit */
  rate(file: string): number {
    const [negatives, positives] = this.#sums;
    if (negatives > 0 && positives > 0) return positives / (positives + negatives);
    throw error('one-class', {
      subject: `${file}, weight`,
      rule: 'must be above 0 in some positive and some other training rows',
      got: `${positives} for all positive rows, ${negatives} for the others`,
    });
  }
}
