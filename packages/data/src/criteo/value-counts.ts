import type { VocabularyIds } from '../config/common.ts';
import type { CriteoVocabulary } from '../encoding/encoding.ts';
import { policyOf, rowsForUnseen } from '../encoding/unseen.ts';
import { frequencyOrder } from '../frequency-order.ts';
import { hexOf } from './hex.ts';
import { Uint32Table } from '../uint32-table.ts';

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
  vocabulary(table: string, ids: VocabularyIds): CountedVocabulary {
    const distinct = this.#train.keys().sort();
    const counts = new Uint32Array(distinct.length + 1);
    counts[0] = this.#emptyTrain;
    for (let i = 0; i < distinct.length; i++) counts[i + 1] = this.#train.get(distinct[i]!);
    const order = frequencyOrder(counts, ids);
    const values = new Uint32Array(order.length);
    const first = rowsForUnseen(ids);
    let emptyRow = 0;
    let known = 0;
    let knownHeldOut = 0;
    for (let i = 0; i < order.length; i++) {
      const position = order[i]!;
      known += counts[position]!;
      if (position === 0) {
        emptyRow = first + i;
        knownHeldOut += this.#emptyHeldOut;
      } else {
        values[i] = distinct[position - 1]!;
        knownHeldOut += this.#heldOut.get(values[i]!);
      }
    }
    return {
      vocabulary: { table, kind: 'vocabulary', values, emptyRow, ...policyOf(ids) },
      distinct: distinct.length + (this.#emptyTrain > 0 ? 1 : 0),
      known,
      knownHeldOut,
    };
  }

  /** What held-out rows have and training rows do not: the first, in the digits of the file, and how many there are. */
  get unseen(): { readonly first: string; readonly values: number } | undefined {
    const values = this.#heldOut
      .keys()
      .filter((value) => this.#train.get(value) === 0)
      .sort();
    const lacksEmpty = this.#emptyHeldOut > 0 && this.#emptyTrain === 0;
    if (values.length === 0 && !lacksEmpty) return undefined;
    const first = lacksEmpty ? '' : hexOf(values[0]!);
    return { first, values: values.length + Number(lacksEmpty) };
  }
}

export interface CountedVocabulary {
  readonly vocabulary: CriteoVocabulary;
  /** Different values among training rows. */
  readonly distinct: number;
  /** Training lookups that have a row of their own. */
  readonly known: number;
  /** The same among held-out rows. */
  readonly knownHeldOut: number;
}
