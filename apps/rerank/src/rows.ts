import type { Film } from './catalogue.ts';

/** What the model is told of a visitor: the films that they like, and the genres of these. */
export function contextOf(liked: readonly Pick<Film, 'id' | 'genres'>[]): {
  liked: string[];
  likedGenres: string[];
} {
  return { liked: liked.map(({ id }) => id), likedGenres: liked.flatMap(({ genres }) => [...genres]) };
}

/** What the model is told of a film. */
export function candidateOf({ id, genres, year, mean, ratings }: Omit<Film, 'title'>): {
  film: string;
  genres: string[];
  year: number | null;
  mean: number;
  ratings: number;
} {
  return { film: id, genres: [...genres], year, mean, ratings };
}
