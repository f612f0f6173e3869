import { readRows, type RowFile } from '@ttrec/data/rows';

export interface Film {
  readonly id: string;
  /** As it is read: "The American President". */
  readonly title: string;
  readonly year: number | null;
  readonly genres: readonly string[];
}

export interface Rating {
  readonly user: number;
  readonly film: string;
  readonly rating: number;
  readonly time: number;
}

/** Reads the two files of MovieLens, plain or gzip. */
export async function readMovieLens(
  ratingsPath: string,
  moviesPath: string,
): Promise<{ readonly films: ReadonlyMap<string, Film>; readonly ratings: readonly Rating[] }> {
  const films = new Map<string, Film>();
  await eachRow(
    moviesPath,
    ({ movieId, title, genres }) => void films.set(movieId!, filmOf(movieId!, title!, genres!)),
  );
  const ratings: Rating[] = [];
  await eachRow(ratingsPath, ({ userId, movieId, rating, timestamp }) => {
    ratings.push({ user: Number(userId), film: movieId!, rating: Number(rating), time: Number(timestamp) });
  });
  return { films, ratings };
}

async function eachRow(path: string, use: (row: Readonly<Record<string, string>>) => void): Promise<void> {
  const file: RowFile = { format: 'csv', path };
  for await (const { rows } of readRows(file))
    rows.forEach((row) => use(row as Readonly<Record<string, string>>));
}

/** `American President, The (1995)` and `Action|Crime`. */
function filmOf(id: string, text: string, genres: string): Film {
  const [, name = text, year] = /^(.*?)\s*\((\d{4})\)\s*$/.exec(text) ?? [];
  const [, first = name, article] = /^(.*), (The|A|An|La|Le|Les|El|Il|Das|Der|Die)$/.exec(name) ?? [];
  return {
    id,
    title: article === undefined ? first.trim() : `${article} ${first}`,
    year: year === undefined ? null : Number(year),
    genres: genres === '(no genres listed)' ? [] : genres.split('|'),
  };
}
