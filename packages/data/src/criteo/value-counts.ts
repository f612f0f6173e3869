import { Uint32Table } from '../uint32-table.ts';
import { frequencyOrder } from '../frequency-order.ts';
import type { VocabularyIds } from '../config/common.ts';

/** Counts of the values of one categorical column, training and held-out rows apart; an empty cell is a value too. */
export class ValueCounts {
  readonly #train = new Uint32Table();
  readonly #heldOut = new Uint32Table();
  #emptyTrain = 0;
  #emptyHeldOut = 0;

  add(value: number, isEmpty: boolean, isTrain: boolean): void {
    if (!isEmpty) (isTrain ? this.#train : this.#heldOut).increment(value);
    else if (isTrain) this.#emptyTrain++;
    else this.#emptyHeldOut++;
  }

  /** Rows by frequency in training, ties by value, the empty cell before all values. O(V log V). */
  vocabulary(ids: VocabularyIds): CriteoVocabulary {
    const values = this.#train.keys().sort();
    const counts = new Uint32Array(values.length + 1);
    counts[0] = this.#emptyTrain;
    for (let i = 0; i < values.length; i++) counts[i + 1] = this.#train.get(values[i]!);
    const order = frequencyOrder(counts, ids);
    const rows = new Uint32Table();
    let emptyRow = 0;
    let known = 0;
    let knownHeldOut = 0;
    for (let i = 0; i < order.length; i++) {
      const position = order[i]!;
      known += counts[position]!;
      if (position === 0) {
        emptyRow = i + 1;
        knownHeldOut += this.#emptyHeldOut;
      } else {
        rows.set(values[position - 1]!, i + 1);
        knownHeldOut += this.#heldOut.get(values[position - 1]!);
      }
    }
    const distinct = values.length + (this.#emptyTrain > 0 ? 1 : 0);
    return { rows, emptyRow, numEmbeddings: order.length + 1, distinct, known, knownHeldOut };
  }
}

export interface CriteoVocabulary {
  /** The row of each value; 0 where it has none. */
  readonly rows: Uint32Table;
  /** The row of an empty cell. */
  readonly emptyRow: number;
  readonly numEmbeddings: number;
  /** Different values among training rows. */
  readonly distinct: number;
  /** Training lookups that have a row of their own. */
  readonly known: number;
  /** The same among held-out rows. */
  readonly knownHeldOut: number;
}
