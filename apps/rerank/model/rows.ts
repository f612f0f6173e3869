import { candidateOf, contextOf } from '../src/rows.ts';
import type { FilmStatistics } from './film-statistics.ts';
import type { Film, Rating } from './movielens.ts';

/** Films that a visitor has liked stand for the visitor: the last so many. */
const MOST_LIKED = 20;
/** From this rating on, a film counts as liked. */
const LIKED = 4;

/** A row of training: what a user had liked until then, a film, and the rating that the user gave it. */
export interface TrainingRow {
  readonly user: number;
  readonly film: string;
  readonly liked: readonly string[];
  readonly rating: number;
}

/** A row for each rating, in the order of users and of time. */
export function trainingRows(ratings: readonly Rating[]): TrainingRow[] {
  const ordered = ratings.toSorted(
    (a, b) => a.user - b.user || a.time - b.time || Number(a.film) - Number(b.film),
  );
  let liked: string[] = [];
  return ordered.map(({ user, film, rating }, i) => {
    if (ordered[i - 1]?.user !== user) liked = [];
    const row = { user, film, liked, rating };
    if (rating >= LIKED) liked = [...liked, film].slice(-MOST_LIKED);
    return row;
  });
}

/** The raw values of a row, as the page makes them. */
export function rowOf(
  { film, liked }: TrainingRow,
  films: ReadonlyMap<string, Film>,
  statistics: FilmStatistics,
): ReturnType<typeof contextOf> & ReturnType<typeof candidateOf> {
  const candidate = candidateOf({ ...films.get(film)!, ...statistics.of(film) });
  return { ...contextOf(liked.map((id) => films.get(id)!)), ...candidate };
}
