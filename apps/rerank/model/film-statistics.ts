import type { Rating } from './movielens.ts';

/** Ratings by which a film's mean is drawn to the mean of all. */
const DRAWN_BY = 3;
const USERS = 610;

/** What the ratings of some people say of each film. */
export class FilmStatistics {
  readonly #films = new Map<string, { count: number; sum: number }>();
  readonly #mean: number;
  readonly #share: number;

  constructor(ratings: readonly Rating[]) {
    for (const { film, rating } of ratings) {
      const { count, sum } = this.#films.get(film) ?? { count: 0, sum: 0 };
      this.#films.set(film, { count: count + 1, sum: sum + rating });
    }
    this.#mean = ratings.reduce((sum, { rating }) => sum + rating, 0) / ratings.length;
    this.#share = USERS / new Set(ratings.map(({ user }) => user)).size;
  }

  /** Its mean rating, and how many ratings it would have of all people. */
  of(film: string): { readonly mean: number; readonly ratings: number } {
    const { count, sum } = this.#films.get(film) ?? { count: 0, sum: 0 };
    const mean = (sum + DRAWN_BY * this.#mean) / (count + DRAWN_BY);
    return { mean: Number(mean.toFixed(3)), ratings: Math.round(count * this.#share) };
  }
}

/** People are counted in so many parts. */
const PARTS = 5;

/**
 * The statistics for the rows of each person, which must not tell what that person answered: of the others, in parts, and for people whom
 * training does not see, of all whom it sees.
 */
export function statisticsFor(
  ratings: readonly Rating[],
  trainedBelow: number,
): (user: number) => FilmStatistics {
  const trained = ratings.filter(({ user }) => user < trainedBelow);
  const all = new FilmStatistics(trained);
  const without = Array.from(
    { length: PARTS },
    (_, part) => new FilmStatistics(trained.filter(({ user }) => user % PARTS !== part)),
  );
  return (user) => (user < trainedBelow ? without[user % PARTS]! : all);
}
