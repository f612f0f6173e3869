import { button, byId, element } from '@ttrec/page-parts/dom';
import type { Film } from '../catalogue.ts';

/** Shows the films that the visitor likes, each with a button that takes it away. */
export function showLikes(liked: Iterable<Film>, onRemove: (film: Film) => void): void {
  const list = byId('likes');
  const hadFocus = list.contains(document.activeElement);
  const chips = Array.from(liked, (film) =>
    element('li', {}, [
      button(`${film.title} ✕`, () => onRemove(film), {
        attributes: { 'aria-label': `Remove ${film.title}` },
      }),
    ]),
  );
  list.replaceChildren(...chips);
  byId('no-likes').hidden = chips.length > 0;
  if (hadFocus) (list.querySelector('button') ?? byId('sets').querySelector('button'))?.focus();
}

/** Shows the sets to begin with. */
export function showSets(sets: readonly string[], onChoose: (set: string) => void): void {
  byId('sets').replaceChildren(...sets.map((name) => button(name, () => onChoose(name))));
}
