import { openRanker, type Ranker } from '@ttrec/serving/web';
import type { Film } from './catalogue.ts';
import { candidateOf, contextOf } from './rows.ts';

/** A film among those that were found. */
export interface RankedFilm {
  readonly film: Film;
  /** From 0, in the order of the text search. */
  readonly textPlace: number;
  /** That this visitor would give it four stars or more. */
  readonly chance: number;
}

export interface Ranking {
  readonly films: readonly RankedFilm[];
  readonly milliseconds: number;
}

/** Orders films by the model, for a visitor who likes some. */
export class FilmRanker {
  readonly #ranker: Ranker;
  /** Made once: a row is the same for every query. */
  readonly #rows = new Map<Film, ReturnType<typeof candidateOf>>();

  private constructor(ranker: Ranker) {
    this.#ranker = ranker;
  }

  /** Throws the same errors as `openRanker`. */
  static async open(url: string): Promise<FilmRanker> {
    return new FilmRanker(await openRanker(url));
  }

  /** @param found in the order of the text search */
  async rank(liked: readonly Film[], found: readonly Film[], top: number): Promise<Ranking> {
    const start = performance.now();
    const rows = found.map((film) => this.#rowOf(film));
    const ranked = await this.#ranker.rank(contextOf(liked), rows, { top });
    const milliseconds = performance.now() - start;
    return {
      films: ranked.map(({ index, probability }) => ({
        film: found[index]!,
        textPlace: index,
        chance: probability,
      })),
      milliseconds,
    };
  }

  /** The engine, as it names itself. */
  get engine(): string {
    return this.#ranker.backend.capabilities.engine;
  }

  #rowOf(film: Film): ReturnType<typeof candidateOf> {
    const row = this.#rows.get(film) ?? candidateOf(film);
    this.#rows.set(film, row);
    return row;
  }
}
