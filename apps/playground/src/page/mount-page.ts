import { byId, setText, whenChanged } from '@ttrec/page-parts/dom';
import { initialState, type PageState } from '../state/state.ts';
import { Store } from '../state/store.ts';
import { Actions } from './actions.ts';
import { mountBar } from './bar.ts';
import { mountDataChoice } from './settings/data-choice.ts';
import { mountCurves } from './curves.ts';
import { mountCsv } from './views/csv-view.ts';
import { download, mountFile } from './views/file-view.ts';
import { renderLost } from './views/lost-view.ts';
import { mountScore } from './views/score-view.ts';
import { engineStory, memoryStory } from './status.ts';
import { enginesContent } from './views/engines-view.ts';
import { renderFigures } from './figures.ts';
import { showProblem } from './views/problem-view.ts';
import { runsContent } from './views/runs-view.ts';
import { mountSettings } from './settings/settings-form.ts';
import { tablesContent } from './views/tables-view.ts';
import { mountThreadsChoice } from './settings/threads-choice.ts';
import { connectWorker } from './worker-link.ts';

/** Binds the page of index.html to a worker that trains. */
export function mountPage(): void {
  const store = new Store(initialState);
  const worker = connectWorker((message) => {
    store.receive(message);
    if (message.type === 'model-saved') download(message.name, message.file);
  });
  const actions = new Actions(store, worker);
  for (const form of document.querySelectorAll('form')) {
    form.addEventListener('submit', (event) => event.preventDefault());
  }
  const views: ((state: PageState) => void)[] = [
    mountBar(actions),
    mountSettings(store),
    mountDataChoice(store),
    mountThreadsChoice(actions),
    mountCsv(store, actions),
    mountScore(store, actions),
    mountFile(store, actions),
    whenChanged((state) => [state.run?.train, state.run?.heldOut, state.earlier], mountCurves()),
    renderFigures,
    (state) => setText(byId('engine-memory'), memoryStory(state)),
    whenChanged(
      (state) => [state.lost, state.problems.engine, state.engines],
      (state) => renderLost(state, actions),
    ),
    whenChanged(
      (state) => [state.run?.engine, state.run?.moves],
      (state) => setText(byId('engine-story'), engineStory(state)),
    ),
    whenChanged(
      (state) => [state.engines, state.engineChoice],
      (state) => byId('engines').replaceChildren(...enginesContent(state, actions)),
    ),
    whenChanged(
      (state) => [state.run?.tables],
      ({ run }) => byId('tables').replaceChildren(...(run ? tablesContent(run.tables) : [])),
    ),
    whenChanged(
      (state) => [state.run?.id, state.run?.engine, state.run?.heldOut, state.earlier],
      (state) =>
        byId('runs').replaceChildren(
          ...runsContent(state, (id) => store.dispatch({ type: 'forget-run', id })),
        ),
    ),
    whenChanged(
      (state) => [state.problems.run],
      ({ problems }) =>
        showProblem(byId('run-problem'), problems.run, {
          title: 'Training did not go on',
          onDismiss: () => store.dispatch({ type: 'dismiss', concern: 'run' }),
        }),
    ),
  ];
  for (const view of views) store.subscribe(view);
}
