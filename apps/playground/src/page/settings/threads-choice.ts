import { byIdAs } from '@ttrec/page-parts/dom';
import type { PageState } from '../../state/state.ts';
import type { Actions } from '../actions.ts';

/** The choice of how many threads the engine that has them computes on. */
export function mountThreadsChoice(actions: Actions): (state: PageState) => void {
  const select = byIdAs('threads', HTMLSelectElement);
  select.addEventListener('change', () => actions.chooseThreads(select.value === 'auto' ? 'auto' : 1));
  return ({ threads }) => {
    select.value = String(threads);
  };
}
