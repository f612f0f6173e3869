import { byId, byIdAs, setText } from '@ttrec/page-parts/dom';
import type { Phase } from '../protocol/messages.ts';
import { formatCount } from '../format.ts';
import type { Settings } from '../settings/settings.ts';
import type { PageState } from '../state/state.ts';
import type { Actions } from './actions.ts';
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
  let present: Phase = 'idle';
  main.addEventListener('click', () => {
    actions.mainAction();
    if (present === 'idle' || present === 'failed') showFigures();
  });
  startOver.addEventListener('click', () => {
    actions.start();
    showFigures();
  });
  reset.addEventListener('click', () => actions.reset());
  return (state) => {
    const { phase, run } = state;
    present = phase;
    setText(main, phase === 'idle' ? `Train${onFile(state)}` : labels[phase]);
    main.toggleAttribute('disabled', phase === 'paused' && run?.scoringOnly !== undefined);
    const differs = run !== undefined && !isSame(run.settings, state.settings);
    setText(startOver, (differs ? 'Train with new settings' : 'Start over') + onFile(state));
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

/** On a small screen the figures are below the fold: a run that starts brings them into sight. */
function showFigures(): void {
  const { bottom } = byId('figure-loss').getBoundingClientRect();
  if (bottom > innerHeight) document.querySelector('.figures')!.scrollIntoView({ block: 'start' });
}

/** What a run that starts now trains on, if that is a file. */
function onFile({ data, csvData }: PageState): string {
  if (data.source !== 'csv' || csvData === undefined) return '';
  return ` on ${csvData.name.length > 24 ? `${csvData.name.slice(0, 23)}…` : csvData.name}`;
}

/** The settings of a run have come back from the worker as a copy. */
function isSame(a: Settings, b: Settings): boolean {
  return (Object.keys(a) as (keyof Settings)[]).every((field) => Object.is(a[field], b[field]));
}
