import data from './catalogue.json';

export interface Film {
  readonly id: string;
  readonly title: string;
  readonly year: number | null;
  readonly genres: readonly string[];
  /** Ratings that it has in the data: how popular it is. */
  readonly ratings: number;
  /** Of its ratings, drawn a little to the mean of all films. */
  readonly mean: number;
}

interface Stored {
  readonly genres: readonly string[];
  /** Id, title, year, positions of its genres, ratings, their mean; the most popular first. */
  readonly films: readonly (readonly [number, string, number | null, readonly number[], number, number])[];
}

/** Every film, the most popular first. */
export const films: readonly Film[] = (data as unknown as Stored).films.map(
  ([id, title, year, places, ratings, mean]) => ({
    id: String(id),
    title,
    year,
    genres: places.map((place) => (data as unknown as Stored).genres[place]!),
    ratings,
    mean,
  }),
);
