import { button, element } from '@ttrec/page-parts/dom';
import { summarise } from '@ttrec/training/records';
import { formatBytes, formatCount, formatMetric } from '../../format.ts';
import type { PageState, RunView } from '../../state/state.ts';
import { colourOf, nameOf } from '../run-style.ts';

/** The runs whose curves are drawn, with a way to take each earlier one away. */
export function runsContent({ run, earlier }: PageState, forget: (id: number) => void): HTMLElement[] {
  const all = run ? [...earlier, run] : earlier;
  if (all.length === 0) {
    return [
      element('p', {
        class: 'help',
        text: 'Train one kind, then another: their curves stay, to be compared.',
      }),
    ];
  }
  const titles = ['', 'Kind', 'Log-loss', 'AUC', 'Tables', 'Steps', ''];
  const head = element(
    'tr',
    {},
    titles.map((text, at) =>
      element('th', { text, class: at > 1 ? 'number' : '', attributes: { scope: 'col' } }),
    ),
  );
  const rows = all.map((view) => rowOf(view, view === run ? undefined : () => forget(view.id)));
  return [
    element('div', { class: 'scroll', attributes: { tabindex: '0', role: 'region', 'aria-label': 'Runs' } }, [
      element('table', {}, [element('thead', {}, [head]), element('tbody', {}, rows)]),
    ]),
  ];
}

function rowOf(run: RunView, forget: (() => void) | undefined): HTMLTableRowElement {
  const last = run.heldOut.at(-1);
  const number = (text: string) => element('td', { class: 'number', text });
  const remove = forget && button('✕', forget, { class: 'small' });
  remove?.setAttribute('aria-label', `Remove the curve of ${nameOf(run)}, run ${run.id}`);
  return element('tr', {}, [
    element('td', {}, [element('span', { class: 'swatch', data: { kind: colourOf(run).slice(7) } })]),
    element('th', { attributes: { scope: 'row' } }, [
      nameOf(run),
      element('span', { class: 'help', text: `${run.data.name}, ${run.engine.name}` }),
    ]),
    number(formatMetric(last?.loss)),
    number(formatMetric(last?.auc)),
    number(formatBytes(summarise(run.tables).bytes)),
    number(formatCount(last?.step ?? run.step)),
    element('td', { class: 'number' }, remove ? [remove] : ['now']),
  ]);
}
