import type { Film } from './catalogue.ts';

interface Entry {
  readonly film: Film;
  readonly title: string;
  readonly words: readonly string[];
  readonly genres: readonly string[];
}

/** A text search of films: every word of a query must begin a word of the title, be the year, or begin a genre. */
export class FilmIndex {
  readonly #entries: readonly Entry[];

  /** @param films the most popular first */
  constructor(films: readonly Film[]) {
    this.#entries = films.map((film) => {
      const words = wordsOf(film.title);
      return { film, title: words.join(' '), words, genres: film.genres.flatMap(wordsOf) };
    });
  }

  /**
   * Every film that fits, the best first: the title itself, titles that begin with the query, titles that hold its words, then films of
   * which only a genre or the year fits; the more popular first among equals. An empty query fits all. O(films).
   */
  search(query: string): Film[] {
    const wanted = wordsOf(query);
    const text = wanted.join(' ');
    const found: Film[][] = [[], [], [], []];
    for (const entry of this.#entries) {
      const place = placeOf(entry, wanted, text);
      if (place !== undefined) found[place]!.push(entry.film);
    }
    return found.flat();
  }
}

function placeOf(
  { film, title, words, genres }: Entry,
  wanted: readonly string[],
  text: string,
): number | undefined {
  if (wanted.length === 0) return 3;
  const begins = (own: readonly string[], word: string) => own.some((each) => each.startsWith(word));
  if (wanted.every((word) => begins(words, word))) return title === text ? 0 : title.startsWith(text) ? 1 : 2;
  const fits = (word: string) => begins(words, word) || begins(genres, word) || String(film.year) === word;
  return wanted.every(fits) ? 3 : undefined;
}

/** Lower case, without accents: "Amélie" is found by "amelie". */
function wordsOf(text: string): string[] {
  const plain = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  return plain.match(/[\p{L}\p{N}]+/gu) ?? [];
}
