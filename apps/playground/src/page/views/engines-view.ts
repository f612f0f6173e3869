import { element } from '@ttrec/page-parts/dom';
import type { EngineOffer } from '../../protocol/messages.ts';
import type { PageState } from '../../state/state.ts';
import type { Actions } from '../actions.ts';
import { withoutName } from '../status.ts';

/** The engines to choose from, each with what it is or why it does not run here. */
export function enginesContent({ engines, engineChoice }: PageState, actions: Actions): HTMLElement[] {
  const best = engines.find(({ available }) => available);
  const automatic: EngineOffer = {
    name: 'auto',
    available: true,
    detail: best ? `the best that runs here, ${best.name}` : 'looking …',
  };
  return [automatic, ...engines].map(({ name, available, detail }) => {
    const input = element('input', { attributes: { type: 'radio', name: 'engine', value: name } });
    input.checked = name === engineChoice;
    input.disabled = !available;
    input.addEventListener('change', () => actions.switchEngine(name));
    return element('label', { class: available ? 'option' : 'option off' }, [
      input,
      element('span', { class: 'option-name', text: name === 'auto' ? 'Automatic' : name }),
      element('span', {
        class: 'option-text',
        text: available ? detail : `Not here: ${withoutName(name, detail)}`,
      }),
    ]);
  });
}
