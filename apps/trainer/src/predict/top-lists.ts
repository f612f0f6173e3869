import type { ScoredRow } from './score-lines.ts';

/**
 * The best rows of each group, such as the items of each user: at most `top`, the highest logits first, equal ones in the order of the
 * file. O(log top) comparisons a row; memory for `top` rows a group.
 */
export class TopLists {
  readonly #top: number;
  readonly #by: readonly string[];
  readonly #lists = new Map<string, ScoredRow[]>();

  constructor(top: number, by: readonly string[]) {
    this.#top = top;
    this.#by = by;
  }

  add(scored: ScoredRow): void {
    const key = JSON.stringify(this.#by.map((column) => String(scored.row[column] ?? '')));
    const list = this.#lists.get(key);
    if (list === undefined) {
      this.#lists.set(key, [scored]);
      return;
    }
    if (list.length === this.#top && scored.logit <= list[list.length - 1]!.logit) return;
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle]!.logit >= scored.logit) low = middle + 1;
      else high = middle;
    }
    list.splice(low, 0, scored);
    if (list.length > this.#top) list.pop();
  }

  /** The lists, in the order in which their groups first came. */
  *rows(): Generator<ScoredRow> {
    for (const list of this.#lists.values()) {
      for (const [at, scored] of list.entries()) yield { ...scored, rank: at + 1 };
    }
  }
}
