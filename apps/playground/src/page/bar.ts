import type { Phase } from '../protocol/messages.ts';
import { formatCount } from '../format.ts';
import type { Settings } from '../settings/settings.ts';
import type { PageState } from '../state/state.ts';
import type { Actions } from './actions.ts';
import { byId, byIdAs, setText } from './dom.ts';
import { statusOf } from './status.ts';

const labels: Readonly<Record<Phase, string>> = {
  idle: 'Train',
  running: 'Pause',
  paused: 'Resume',
  done: 'Train on',
  lost: 'Go on',
  failed: 'Train again',
};

/** The bar that starts and stops, and says what goes on. */
export function mountBar(actions: Actions): (state: PageState) => void {
  const [main, startOver, reset] = [byId('main-action'), byId('start-over'), byId('reset')];
  const progress = byIdAs('progress', HTMLProgressElement);
  main.addEventListener('click', () => actions.mainAction());
  startOver.addEventListener('click', () => actions.start());
  reset.addEventListener('click', () => actions.reset());
  return (state) => {
    const { phase, run } = state;
    setText(main, labels[phase]);
    main.toggleAttribute('disabled', phase === 'paused' && run?.scoringOnly !== undefined);
    const differs = run !== undefined && !isSame(run.settings, state.settings);
    setText(startOver, differs ? 'Train with new settings' : 'Start over');
    startOver.classList.toggle('accent', differs);
    startOver.hidden = reset.hidden = run === undefined;
    setText(byId('status'), statusOf(state));
    progress.hidden = run === undefined;
    if (!run) return;
    progress.max = run.target;
    progress.value = run.step;
    progress.title = `step ${formatCount(run.step)} of ${formatCount(run.target)}`;
  };
}

/** The settings of a run have come back from the worker as a copy. */
function isSame(a: Settings, b: Settings): boolean {
  return (Object.keys(a) as (keyof Settings)[]).every((field) => Object.is(a[field], b[field]));
}
