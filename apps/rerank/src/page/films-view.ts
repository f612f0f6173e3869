import { button, element } from '@ttrec/page-parts/dom';
import type { Film } from '../catalogue.ts';
import { percent } from '../format.ts';

/** A line of a list. */
export interface FilmLine {
  readonly film: Film;
  /** The chance that this visitor likes it; absent from the text search. */
  readonly chance?: number;
  /** Places that it moved up from where the text search has it. */
  readonly movedUp?: number;
}

/** Shows a list of films, each with a star to press. Focus stays on the star of the film that had it. */
export function showFilms(
  list: HTMLElement,
  lines: readonly FilmLine[],
  liked: ReadonlySet<Film>,
  onStar: (film: Film) => void,
): void {
  const focused = list.contains(document.activeElement)
    ? (document.activeElement as HTMLElement).dataset['film']
    : undefined;
  list.replaceChildren(...lines.map((line, at) => lineOf(line, at, liked.has(line.film), onStar)));
  if (focused === undefined) return;
  const again = list.querySelector<HTMLElement>(`[data-film="${CSS.escape(focused)}"]`);
  (again ?? list.querySelector('button'))?.focus();
}

function lineOf(
  { film, chance, movedUp }: FilmLine,
  at: number,
  isLiked: boolean,
  onStar: (film: Film) => void,
): HTMLLIElement {
  const { title, year, genres, id } = film;
  const star = button(isLiked ? '★' : '☆', () => onStar(film), {
    class: 'star',
    attributes: { 'aria-pressed': String(isLiked), 'aria-label': `Like ${title}`, 'data-film': id },
  });
  return element('li', { class: 'film' }, [
    element('span', { class: 'place', text: String(at + 1), attributes: { 'aria-hidden': 'true' } }),
    element('span', { class: 'name' }, [
      element('span', { class: 'title', text: title }),
      element('span', { class: 'year', text: year === null ? '' : ` ${year}` }),
      element('span', { class: 'genres', text: genres.join(', ') }),
    ]),
    element('span', { class: 'standing' }, chance === undefined ? [] : standing(chance, movedUp ?? 0)),
    star,
  ]);
}

function standing(chance: number, movedUp: number): HTMLElement[] {
  const [to, sign, word] =
    movedUp > 0 ? ['up', '▲', 'up'] : movedUp < 0 ? ['down', '▼', 'down'] : ['', '', ''];
  const places = Math.abs(movedUp);
  return [
    element('span', { class: 'chance' }, [
      element('span', { text: percent(chance) }),
      element('span', { class: 'hidden', text: ' chance that you like it, ' }),
    ]),
    element('span', { class: 'move', attributes: { 'data-to': to } }, [
      element('span', {
        text: sign === '' ? 'same place' : `${sign} ${places}`,
        attributes: { 'aria-hidden': 'true' },
      }),
      element('span', { class: 'hidden', text: sign === '' ? 'same place' : `${word} ${places}` }),
    ]),
  ];
}
