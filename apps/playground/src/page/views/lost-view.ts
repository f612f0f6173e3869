import { button, byId, element } from '@ttrec/page-parts/dom';
import { formatCount } from '../../format.ts';
import type { PageState } from '../../state/state.ts';
import type { Actions } from '../actions.ts';
import { problemContent } from './problem-view.ts';

/** One message when an engine is lost, and the engines to go on with. */
export function renderLost({ lost, engines, run, problems }: PageState, actions: Actions): void {
  const region = byId('engine-problem');
  region.hidden = !lost && !problems.engine;
  const failed = problems.engine
    ? problemContent('The other engine could not take over', problems.engine)
    : [];
  if (!lost || !run) {
    region.replaceChildren(...failed);
    return;
  }
  const from = lost.checkpoint ?? 0;
  const others = engines.filter(({ name, available }) => available && name !== lost.engine);
  const buttons = others.map(({ name }, at) =>
    button(`Go on with ${name}`, () => actions.switchEngine(name), { class: at === 0 ? 'accent' : '' }),
  );
  const again = button(`Try ${lost.engine} again`, () => actions.switchEngine(lost.engine));
  const offer =
    lost.checkpoint === undefined
      ? `No checkpoint was taken yet: the same model starts over at step 0.`
      : `The checkpoint of step ${formatCount(from)} is kept in this tab: training goes on from there.`;
  region.replaceChildren(
    ...problemContent(`The engine ${lost.engine} was lost`, lost.problem, []),
    element('p', { text: offer }),
    element('div', { class: 'actions' }, [...buttons, again]),
    ...failed,
  );
}
