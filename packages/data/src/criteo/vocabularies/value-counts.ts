import type { VocabularyIds } from '../../config/common.ts';
import type { CriteoVocabulary } from '../../encoding/encoding.ts';
import { policyOf, rowsForUnseen } from '../../ids/unseen.ts';
import { frequencyOrder } from '../../ids/frequency-order.ts';
import { rowLookup } from './encoder.ts';
import { hexOf } from './hex.ts';
import { Uint32Table } from '../../ids/uint32-table.ts';

/** Counts of the values of one categorical column, by training and held-out rows. An empty cell is a value. */
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

  /**
   * Rows by frequency in training, after those of `known`. Ties are ordered by value, the empty cell first. O(V log V).
   */
  vocabulary(table: string, ids: VocabularyIds, known?: CriteoVocabulary): CountedVocabulary {
    const distinct = this.#train.keys().sort();
    const order = this.#newValues(distinct, ids, known);
    const before = known?.values ?? new Uint32Array(0);
    const first = rowsForUnseen(ids) + before.length;
    const values = new Uint32Array(before.length + order.length);
    values.set(before);
    let emptyRow = known?.emptyRow ?? 0;
    order.forEach((position, i) => {
      if (position === 0) emptyRow = first + i;
      else values[before.length + i] = distinct[position - 1]!;
    });
    const vocabulary: CriteoVocabulary = { table, kind: 'vocabulary', values, emptyRow, ...policyOf(ids) };
    const rowOf = rowLookup(vocabulary);
    const isKnown = (value: number, isEmpty: boolean) => rowOf(value, isEmpty) >= rowsForUnseen(ids);
    const all = { train: this.#train, heldOut: this.#heldOut };
    const empty = { train: this.#emptyTrain, heldOut: this.#emptyHeldOut };
    const lookups = (rows: 'train' | 'heldOut') => {
      const keys = all[rows].keys().filter((value) => isKnown(value, false));
      const ofValues = keys.reduce((sum, value) => sum + all[rows].get(value), 0);
      return ofValues + (isKnown(0, true) ? empty[rows] : 0);
    };
    return {
      vocabulary,
      distinct: distinct.length + (this.#emptyTrain > 0 ? 1 : 0),
      known: lookups('train'),
      knownHeldOut: lookups('heldOut'),
      unseen: this.#unseen(isKnown),
    };
  }

  /** Positions of values that get a row, 0 for the empty cell and i + 1 for `distinct[i]`, in the order of rows. */
  #newValues(distinct: Uint32Array, ids: VocabularyIds, known: CriteoVocabulary | undefined): Uint32Array {
    const counts = new Uint32Array(distinct.length + 1);
    const hasRow = known && rowLookup(known);
    const isNew = (value: number, isEmpty: boolean) => !hasRow || hasRow(value, isEmpty) < rowsForUnseen(ids);
    counts[0] = isNew(0, true) ? this.#emptyTrain : 0;
    distinct.forEach((value, i) => {
      counts[i + 1] = isNew(value, false) ? this.#train.get(value) : 0;
    });
    return frequencyOrder(counts, ids, known?.values.length);
  }

  /** Values of held-out rows that the vocabulary lacks: the first, in hexadecimal digits, and their number. */
  #unseen(isKnown: (value: number, isEmpty: boolean) => boolean): CountedVocabulary['unseen'] {
    const values = this.#heldOut
      .keys()
      .filter((value) => !isKnown(value, false))
      .sort();
    const lacksEmpty = this.#emptyHeldOut > 0 && !isKnown(0, true);
    if (values.length === 0 && !lacksEmpty) return undefined;
    const first = lacksEmpty ? '' : hexOf(values[0]!);
    return { first, values: values.length + Number(lacksEmpty) };
  }
}

export interface CountedVocabulary {
  readonly vocabulary: CriteoVocabulary;
  /** Different values among training rows. */
  readonly distinct: number;
  /** Training lookups of values in the vocabulary. */
  readonly known: number;
  /** The same among held-out rows. */
  readonly knownHeldOut: number;
  /** Values of held-out rows that the vocabulary lacks. */
  readonly unseen: { readonly first: string; readonly values: number } | undefined;
}
