import { counted, RandomStream } from '@ttrec/core';
import { splitNames, type SplitName } from '../dataset.ts';
import { error } from '../error.ts';
import { KnownPositives, type PositivesState } from './known-positives.ts';
import type { Pairs } from './read-pairs.ts';

/** In place of an item: the row's own. */
export const OWN = 0xffffffff;

/** Draws that may hit a positive before the items left are listed. */
const TRIES = 32;
/** Random words of a negative: two a draw, and two for the list. */
const WORDS = 2 * TRIES + 2;

/** Rows of a split in which positives and negatives alternate. */
export interface Draws {
  /** Positions among the positive rows of the split. */
  readonly rows: Uint32Array;
  /** The item of a negative, `OWN` for a positive. */
  readonly items: Uint32Array;
}

/** What draws depend on, as plain data. */
export interface SamplerState {
  readonly ratio: number;
  readonly seed: number;
  /** The user of each row. */
  readonly users: Uint32Array;
  readonly rowsOf: Readonly<Record<SplitName, Uint32Array>>;
  /** [items] Sums of the weights of the items up to each. */
  readonly cumulative: Float64Array;
  readonly positives: PositivesState;
}

/**
 * Rows of items that their user is not known to want: `ratio` behind each positive row. Row v of a split is the positive row v / (1 + ratio), or a
 * negative of it. A negative is a pure function of seed, split, epoch and v. It is no positive of the user in its split or an earlier one, in the order train,
 * validation, test: what a later split says is not known yet. Nor is it a pair that is known from other data.
 */
export class NegativeSampler {
  readonly state: SamplerState;
  readonly positives: KnownPositives;

  constructor(state: SamplerState) {
    this.state = state;
    this.positives = new KnownPositives(state.positives);
  }

  /**
   * @param parts.users the user of each row
   * @param parts.items the item of each row
   * @param parts.known pairs of other data
   * @param parts.weights [items] how likely each item is to be drawn
   * @param parts.nameOf the name of a user, for errors
   * @throws `data/no-negatives` for a user who wants every item
   */
  static of(parts: {
    readonly ratio: number;
    readonly seed: number;
    readonly users: Uint32Array;
    readonly items: Uint32Array;
    readonly known?: Pairs | undefined;
    readonly weights: Float64Array;
    readonly rowsOf: Readonly<Record<SplitName, Uint32Array>>;
    readonly nameOf: (user: number) => string;
  }): NegativeSampler {
    const { ratio, seed, users, items, weights, rowsOf, known } = parts;
    const rowsBySplit = splitNames.map((split) => rowsOf[split]);
    const positives = known
      ? KnownPositives.of(joined(users, known.users), joined(items, known.items), [
          // As if they came in the first split.
          joined(
            rowsBySplit[0]!,
            known.users.map((_, i) => users.length + i),
          ),
          ...rowsBySplit.slice(1),
        ])
      : KnownPositives.of(users, items, rowsBySplit);
    requireItems(positives, weights, parts.nameOf);
    let sum = 0;
    const cumulative = weights.map((weight) => (sum += weight));
    return new NegativeSampler({ ratio, seed, users, rowsOf, cumulative, positives: positives.state });
  }

  get ratio(): number {
    return this.state.ratio;
  }

  /** Number of rows of a split, negatives included. */
  rows(split: SplitName): number {
    return this.state.rowsOf[split].length * (1 + this.ratio);
  }

  draw(split: SplitName, rows: Uint32Array, epoch: number): Draws {
    const stream = new RandomStream(this.state.seed, `data/negatives/${split}/epoch/${epoch}`);
    const { users, rowsOf, ratio } = this.state;
    const [own, period] = [rowsOf[split], 1 + ratio];
    const positive = rows.map((row) => Math.floor(row / period));
    const items = rows.map((row, i) => {
      if (row % period === 0) return OWN;
      return this.#item(users[own[positive[i]!]!]!, split, stream, row * WORDS);
    });
    return { rows: positive, items };
  }

  #item(user: number, split: SplitName, stream: RandomStream, position: number): number {
    const last = splitNames.indexOf(split);
    const total = this.state.cumulative.at(-1)!;
    stream.position = position;
    for (let draw = 0; draw < TRIES; draw++) {
      const item = this.#itemAt(stream.nextUniform() * total);
      if (this.positives.splitOf(user, item) > last) return item;
    }
    return this.#fromRest(user, last, stream.nextUniform());
  }

  /** The item whose part of the sums a number lies in. */
  #itemAt(sum: number): number {
    let low = 0;
    let high = this.state.cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.state.cumulative[middle]! > sum) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The same among the items that are no positives, for users who want nearly all. O(items). */
  #fromRest(user: number, last: number, uniform: number): number {
    const sums = this.state.cumulative.slice();
    let sum = 0;
    for (let item = 0; item < sums.length; item++) {
      const weight = this.state.cumulative[item]! - (this.state.cumulative[item - 1] ?? 0);
      if (weight > 0 && this.positives.splitOf(user, item) > last) sum += weight;
      sums[item] = sum;
    }
    return sums.findIndex((upTo) => upTo > uniform * sum);
  }
}

function requireItems(
  positives: KnownPositives,
  weights: Float64Array,
  nameOf: (user: number) => string,
): void {
  const all = weights.reduce((count, weight) => count + Number(weight > 0), 0);
  for (let user = 0; user < positives.users; user++) {
    let own = 0;
    for (const { item } of positives.itemsOf(user)) if (weights[item]! > 0) own++;
    if (own < all) continue;
    throw error('no-negatives', {
      subject: `config.negatives, user ${JSON.stringify(nameOf(user))}`,
      rule: 'must not want every item',
      got: `${own} of ${counted(all, 'item')}`,
      hint: 'Leave the user out with `where`.',
    });
  }
}

function joined(first: Uint32Array, second: Uint32Array): Uint32Array {
  const all = new Uint32Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
