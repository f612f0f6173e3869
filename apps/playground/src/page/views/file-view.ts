import { button, byId, element, setText, whenChanged } from '@ttrec/page-parts/dom';
import type { PageState } from '../../state/state.ts';
import type { Store } from '../../state/store.ts';
import type { Actions } from '../actions.ts';
import { showProblem } from './problem-view.ts';

/** Saving the model as safetensors, and loading it again. */
export function mountFile(store: Store, actions: Actions): (state: PageState) => void {
  const save = button('Download', () => actions.saveModel());
  save.id = 'save-model';
  const input = element('input', { attributes: { type: 'file', id: 'model-file', accept: '.safetensors' } });
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    input.value = '';
    if (file) actions.loadModel(file);
  });
  const note = element('p', { class: 'help', attributes: { role: 'status' } });
  const problem = element('div', { class: 'problem', attributes: { role: 'alert', id: 'model-problem' } });
  byId('file').append(
    element('p', {
      class: 'help',
      text: 'The weights as safetensors, with what encodes rows for them. Optimizer state stays here: a model that is loaded trains on with a fresh one.',
    }),
    element('div', { class: 'actions' }, [save]),
    element('div', { class: 'drop' }, [
      element('label', { text: 'Load a model', attributes: { for: 'model-file' } }),
      input,
    ]),
    note,
    problem,
  );
  const renderProblem = whenChanged<PageState>(
    ({ problems }) => [problems.model],
    ({ problems }) =>
      showProblem(problem, problems.model, {
        title: 'The model was not saved or loaded; all else is as it was',
        onDismiss: () => store.dispatch({ type: 'dismiss', concern: 'model' }),
      }),
  );
  return (state) => {
    const { run } = state;
    save.disabled = run === undefined;
    const loaded = run?.loaded === undefined ? '' : `Loaded from ${run.loaded}.`;
    setText(note, run?.scoringOnly === undefined ? loaded : `${loaded} It scores rows; ${run.scoringOnly}.`);
    renderProblem(state);
  };
}

/** Hands a file to the visitor. */
export function download(name: string, file: Blob): void {
  const url = URL.createObjectURL(file);
  const link = element('a', { attributes: { href: url, download: name } });
  link.click();
  // The download has its own hold on the file by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
