import { byId, setText } from '@ttrec/page-parts/dom';
import '@ttrec/page-parts/theme';
import { films, type Film } from './catalogue.ts';
import { FilmRanker, type Ranking } from './film-ranker.ts';
import { formatFilms, formatKilobytes, formatMilliseconds, percent } from './format.ts';
import measured from './measured.json';
import modelUrl from '../model/films.ttrec.safetensors?url';
import { showFilms } from './page/films-view.ts';
import { showLikes, showSets } from './page/likes-view.ts';
import { FilmIndex } from './search.ts';
import { tasteSets } from './taste-sets.ts';

/** Lines of each list. */
const SHOWN = 12;

const byIds = new Map(films.map((film) => [film.id, film]));
const index = new FilmIndex(films);
const query = byId('query') as HTMLInputElement;
const setNames = Object.keys(tasteSets);
let liked = filmsOf(setNames[0]!);
let ranker: FilmRanker | undefined;
/** Counts what was asked for, so that a late answer does not replace a later one. */
let asked = 0;

function filmsOf(set: string): Set<Film> {
  return new Set(tasteSets[set]!.map((id) => byIds.get(id)!));
}

/** Searches, ranks and shows. */
async function update(): Promise<void> {
  const own = ++asked;
  const found = index.search(query.value);
  showLikes(liked, star);
  const lines = found.slice(0, SHOWN).map((film) => ({ film }));
  showFilms(byId('by-text'), lines, liked, star);
  if (ranker === undefined) return;
  const ranking = await ranker.rank([...liked], found, SHOWN);
  if (own === asked) showRanking(ranking, found.length);
}

function showRanking({ films: ranked, milliseconds }: Ranking, found: number): void {
  const lines = ranked.map(({ film, chance, textPlace }, place) => {
    return { film, chance, movedUp: textPlace - place };
  });
  showFilms(byId('by-model'), lines, liked, star);
  const shown = found > SHOWN ? `, the first ${SHOWN} shown` : '';
  const words =
    found === 0
      ? 'No film fits.'
      : `${formatFilms(found)} ranked in ${formatMilliseconds(milliseconds)}${shown}.`;
  setText(byId('status'), words);
}

/** Likes a film, or no longer. */
function star(film: Film): void {
  if (!liked.delete(film)) liked.add(film);
  void update();
}

function showFacts(milliseconds: number, engine: string): void {
  const { users, gauc } = measured;
  setText(
    byId('measured'),
    `Of two films that a person rated, one of them with four stars or more, it puts that one first in ${percent(Number(gauc.model), 1)} of ` +
      `cases. The order of the text search, by popularity, does in ${percent(Number(gauc.popularity), 1)}, the mean rating of each film in ` +
      `${percent(Number(gauc.meanRating), 1)}. Measured on ${users} people whom the model never saw.`,
  );
  const [entry] = performance.getEntriesByName(
    new URL(modelUrl, location.href).href,
  ) as PerformanceResourceTiming[];
  const size = entry ? `${formatKilobytes(entry.decodedBodySize)}, ` : '';
  setText(
    byId('cost'),
    `The model file: ${size}one request, ready to rank in ${formatMilliseconds(milliseconds)}. Engine: ${engine}.`,
  );
}

async function start(): Promise<void> {
  query.addEventListener('input', () => void update());
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    query.focus();
  });
  showSets(setNames, (name) => {
    liked = filmsOf(name);
    void update();
  });
  void update();
  const begin = performance.now();
  try {
    ranker = await FilmRanker.open(modelUrl);
  } catch (thrown) {
    setText(byId('status'), 'Text search only.');
    const problem = byId('problem');
    problem.hidden = false;
    setText(problem, `The model could not be opened. ${(thrown as Error).message}`);
    return;
  }
  const milliseconds = performance.now() - begin;
  await update();
  showFacts(milliseconds, ranker.engine);
}

void start();
