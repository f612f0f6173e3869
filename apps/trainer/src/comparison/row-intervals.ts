import type { ArmComparison } from '@ttrec/training/compare';
import { aucRanks, deLongOf, type AucRanks, type PairedAucs } from '@ttrec/training/statistics';
import type { CellRecord, CellStore } from './cells/cells.ts';

/** The trainings of two arms, by seed. */
type Pair = readonly [own: readonly CellRecord[], others: readonly CellRecord[]];

/**
 * The interval of each difference over the test rows within a seed, the mean over seeds. Each training is ranked once, and its ranks are
 * kept until its last pair; of a seed, all pairs of one training follow each other.
 *
 * @returns null for pairs whose predictions were not kept, or whose rows have fewer than two of a class
 */
export async function intervalsOverRows(
  pairs: readonly Pair[],
  store: Pick<CellStore, 'predictions'>,
): Promise<ArmComparison['rows'][]> {
  const tests: (PairedAucs | null)[][] = pairs.map(() => []);
  const order = [...pairs.keys()].sort((a, b) => orderOf(pairs[a]!).localeCompare(orderOf(pairs[b]!)));
  const seeds = Math.max(0, ...pairs.map(([own]) => own.length));
  for (let seed = 0; seed < seeds; seed++) {
    const ranks = new SeedRanks(store);
    const using = order.filter((p) => pairs[p]![0][seed] !== undefined);
    for (const p of using) for (const cells of pairs[p]!) ranks.willUse(cells[seed]!);
    for (const p of using) {
      const [own, others] = pairs[p]!;
      const [first, second] = [await ranks.use(own[seed]!), await ranks.use(others[seed]!)];
      tests[p]!.push(first && second && deLongOf(first, second));
    }
  }
  return tests.map(meanInterval);
}

function orderOf([[own]]: Pair): string {
  return `${own!.budget} ${own!.arm}`;
}

/** Ranks of the trainings of one seed, each in memory from its first use to its last. */
class SeedRanks {
  readonly #store: Pick<CellStore, 'predictions'>;
  readonly #uses = new Map<string, number>();
  readonly #known = new Map<string, AucRanks | null>();

  constructor(store: Pick<CellStore, 'predictions'>) {
    this.#store = store;
  }

  willUse({ predictions: { logits } }: CellRecord): void {
    this.#uses.set(logits, (this.#uses.get(logits) ?? 0) + 1);
  }

  async use(cell: CellRecord): Promise<AucRanks | null> {
    const { logits } = cell.predictions;
    const known = this.#known.get(logits);
    const ranks = known === undefined ? await this.#ranksOf(cell) : known;
    const left = this.#uses.get(logits)! - 1;
    this.#uses.set(logits, left);
    if (left > 0) this.#known.set(logits, ranks);
    else this.#known.delete(logits);
    return ranks;
  }

  async #ranksOf({ predictions }: CellRecord): Promise<AucRanks | null> {
    const [labels, weights, logits] = await Promise.all([
      this.#store.predictions(predictions.labels),
      predictions.weights === undefined ? undefined : this.#store.predictions(predictions.weights),
      this.#store.predictions(predictions.logits),
    ]);
    if (!labels || !logits || (predictions.weights && !weights)) return null;
    return hasFewOfAClass(labels, weights) ? null : aucRanks(labels, logits, weights);
  }
}

function hasFewOfAClass(labels: ArrayLike<number>, weights: ArrayLike<number> | undefined): boolean {
  const counts = [0, 0];
  for (let row = 0; row < labels.length; row++) if (weights?.[row] !== 0) counts[labels[row]!]!++;
  return Math.min(...counts) < 2;
}

function meanInterval(tests: readonly (PairedAucs | null)[]): ArmComparison['rows'] {
  const known = tests.filter((test) => test !== null);
  if (known.length < tests.length) return null;
  const mean = (of: (test: PairedAucs) => number) =>
    known.reduce((sum, each) => sum + of(each), 0) / known.length;
  return { standardError: mean((t) => t.standardError), low: mean((t) => t.low), high: mean((t) => t.high) };
}
