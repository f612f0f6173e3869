/**
 * Writes the training rows and the catalogue of the page, from the files of MovieLens:
 * `node model/prepare.ts ratings.csv movies.csv`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FilmStatistics, statisticsFor } from './film-statistics.ts';
import config from './films.json' with { type: 'json' };
import { readMovieLens } from './movielens.ts';
import { rowOf, trainingRows } from './rows.ts';

/** Films with fewer ratings are left out: next to nothing is known of them. */
const LEAST_RATINGS = 5;
const cache = join(import.meta.dirname, '..', '..', '..', '.cache', 'rerank');

const [ratingsPath, moviesPath] = process.argv.slice(2);
const { films, ratings } = await readMovieLens(ratingsPath!, moviesPath!);

const statisticsOf = statisticsFor(ratings, config.data.split.validationFrom);
const lines = trainingRows(ratings).map((row) => {
  const {
    liked,
    likedGenres,
    film,
    genres,
    year,
    mean,
    ratings: count,
  } = rowOf(row, films, statisticsOf(row.user));
  const lists = [liked, likedGenres, genres].map((list) => list.join('|'));
  return [row.user, film, ...lists, year ?? '', mean, count, row.rating].join(',');
});
mkdirSync(cache, { recursive: true });
const head = 'user,film,liked,likedGenres,genres,year,mean,ratings,rating';
writeFileSync(join(cache, 'films.csv'), [head, ...lines, ''].join('\n'));

const all = new FilmStatistics(ratings);
const kept = [...films.values()]
  .map((film) => ({ ...film, ...all.of(film.id) }))
  .filter((film) => film.ratings >= LEAST_RATINGS)
  .toSorted((a, b) => b.ratings - a.ratings || Number(a.id) - Number(b.id));
const genres = [...new Set(kept.flatMap((film) => film.genres))].toSorted();
const rows = kept.map(({ id, title, year, genres: own, ratings: count, mean }) =>
  JSON.stringify([Number(id), title, year, own.map((genre) => genres.indexOf(genre)), count, mean]),
);
writeFileSync(
  join(import.meta.dirname, '..', 'src', 'catalogue.json'),
  `{"genres":${JSON.stringify(genres)},"films":[\n${rows.join(',\n')}\n]}\n`,
);
console.log(`${lines.length} rows, ${kept.length} films, ${genres.length} genres`);
