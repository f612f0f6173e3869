import { button, byId, element, setText, whenChanged } from '@ttrec/page-parts/dom';
import { formatCounted, formatPercent } from '../../format.ts';
import type { PageState, ScoreView } from '../../state/state.ts';
import type { Store } from '../../state/store.ts';
import type { Actions } from '../actions.ts';
import { showProblem } from './problem-view.ts';

/** The form that scores one row: a field for each column of the model's data. */
export function mountScore(store: Store, actions: Actions): (state: PageState) => void {
  const host = byId('score');
  const answer = element('p', { class: 'answer', attributes: { role: 'status', id: 'score-answer' } });
  const meter = element('meter', {
    attributes: { min: '0', max: '1', 'aria-hidden': 'true', id: 'score-meter' },
  });
  const problem = element('div', { class: 'problem', attributes: { role: 'alert', id: 'score-problem' } });
  const form = element('form', { attributes: { novalidate: '', id: 'score-form' } });
  const values = () => [...form.querySelectorAll('input')].map(({ value }) => value);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    actions.score(values());
  });
  form.addEventListener('input', () => store.dispatch({ type: 'edit-row', values: values() }));
  host.append(form, problem, meter, answer);
  const renderForm = whenChanged<PageState>(
    ({ run }) => [run?.id],
    (state) => form.replaceChildren(...formContent(state, actions)),
  );
  const renderValues = whenChanged<PageState>(
    ({ run, score }) => [run?.id, score.values],
    ({ score }) => fill(form, score.values),
  );
  const renderProblem = whenChanged<PageState>(
    ({ problems }) => [problems.score],
    ({ problems }) => showProblem(problem, problems.score, { title: 'The row was not scored' }),
  );
  return (state) => {
    renderForm(state);
    renderValues(state);
    renderProblem(state);
    meter.hidden = state.score.result === undefined;
    meter.value = state.score.result?.probability ?? 0;
    setText(answer, answerOf(state.score));
  };
}

function formContent({ run }: PageState, actions: Actions): HTMLElement[] {
  if (!run) return [element('p', { class: 'help', text: 'Train or load a model first.' })];
  const fields = run.fields.map(({ name, role, hint }, at) => {
    const id = `row-${at}`;
    const attributes = {
      id,
      placeholder: hint,
      autocomplete: 'off',
      inputmode: role === 'number' ? 'decimal' : 'text',
    };
    return element('div', { class: 'field' }, [
      element('label', { text: name, attributes: { for: id } }),
      element('input', { attributes }),
    ]);
  });
  const score = element('button', { class: 'accent', text: 'Score', attributes: { type: 'submit' } });
  const sample = button('Fill in a row', () => actions.sampleRow());
  sample.hidden = run.scoringOnly !== undefined;
  return [
    element('div', { class: 'actions' }, [sample, score]),
    element('div', { class: 'fields row-fields' }, fields),
  ];
}

function fill(form: HTMLElement, values: readonly string[]): void {
  form.querySelectorAll('input').forEach((input, at) => {
    const value = values[at] ?? '';
    if (input.value !== value) input.value = value;
  });
}

function answerOf({ result, label, truth }: ScoreView): string {
  const known = label === undefined ? '' : `It was ${label === 1 ? 'clicked' : 'not clicked'}`;
  const true_ = truth === undefined ? '' : `, and its true chance is ${formatPercent(truth)}`;
  const about = known === '' ? '' : ` ${known}${true_}.`;
  if (!result) return about.trim();
  const { probability, step } = result;
  return `Clicked with a chance of ${formatPercent(probability)}, after ${formatCounted(step, 'step')}.${about}`;
}
