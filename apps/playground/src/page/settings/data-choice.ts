import { byIdAs, element } from '@ttrec/page-parts/dom';
import { formatCount } from '../../format.ts';
import { syntheticSizes } from '../../settings/synthetic.ts';
import type { PageState } from '../../state/state.ts';
import type { Store } from '../../state/store.ts';

/** The choice of how large the made-up data's tables are. */
export function mountDataChoice(store: Store): (state: PageState) => void {
  const select = byIdAs('largest', HTMLSelectElement);
  for (const size of syntheticSizes) {
    select.append(element('option', { text: formatCount(size), attributes: { value: String(size) } }));
  }
  // Shown while a file is open; choosing a size goes back to made-up data.
  select.append(element('option', { text: 'a file instead', attributes: { value: '', hidden: '' } }));
  select.addEventListener('change', () => {
    store.dispatch({ type: 'choose-data', data: { source: 'synthetic', largest: Number(select.value) } });
  });
  return ({ data }) => {
    select.value = data.source === 'synthetic' ? String(data.largest) : '';
  };
}
