import { button, byId, element, whenChanged } from '@ttrec/page-parts/dom';
import { formatCount, formatCounted } from '../../format.ts';
import { roles, type ColumnRole, type CsvColumn, type Role } from '../../protocol/csv.ts';
import type { InspectedCsv, PageState } from '../../state/state.ts';
import type { Store } from '../../state/store.ts';
import type { Actions } from '../actions.ts';
import { showProblem } from './problem-view.ts';

const roleNames: Readonly<Record<Role, string>> = {
  label: 'label',
  number: 'number',
  id: 'id',
  skip: 'not used',
};

/** The part of the form that takes a file: dropped or chosen, its columns assigned, opened. */
export function mountCsv(store: Store, actions: Actions): (state: PageState) => void {
  const host = byId('csv');
  const input = element('input', {
    attributes: { type: 'file', id: 'csv-file', accept: '.csv,.tsv,.txt,.gz,text/csv' },
  });
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    // The same file may be chosen again once it is mended.
    input.value = '';
    if (file) actions.inspectCsv(file);
  });
  const drop = element('div', { class: 'drop' }, [
    element('label', { text: 'Or a CSV of your own', attributes: { for: 'csv-file' } }),
    input,
    element('p', {
      class: 'help',
      text: 'Drop it anywhere on the page. A header, a column that says clicked or not, and columns of ids. It stays in this tab.',
    }),
  ]);
  const problem = element('div', { class: 'problem', attributes: { role: 'alert', id: 'csv-problem' } });
  const columns = element('div', { attributes: { id: 'csv-columns' } });
  const source = element('p', { class: 'help', attributes: { id: 'csv-source', role: 'status' } });
  host.append(drop, problem, columns, source);
  acceptDrops((file) => actions.inspectCsv(file));
  const renderColumns = whenChanged<PageState>(
    ({ csv }) => [csv],
    ({ csv }) => columns.replaceChildren(...(csv ? columnsContent(csv, actions) : [])),
  );
  const renderProblem = whenChanged<PageState>(
    ({ problems }) => [problems.csv],
    ({ problems }) => {
      const isLine = /^data\/(malformed-line|wrong-column-count)$/.test(problems.csv?.code ?? '');
      const skip = button('Skip such lines', () => actions.openCsv(readRoles(columns), true));
      // The hint of a bad line speaks of a config, where this page has a button.
      const told =
        isLine && problems.csv
          ? { ...problems.csv, hint: 'Mend the line, or skip such lines.' }
          : problems.csv;
      showProblem(problem, told, {
        title: 'The file was not opened; all else is as it was',
        onDismiss: () => store.dispatch({ type: 'dismiss', concern: 'csv' }),
        actions: isLine && columns.childElementCount > 0 ? [skip] : [],
      });
    },
  );
  return (state) => {
    renderColumns(state);
    renderProblem(state);
    const { data, csvData } = state;
    const isCsv = data.source === 'csv' && csvData;
    source.textContent = isCsv
      ? `${csvData.name} is open: ${formatCounted(csvData.rows.train, 'row')} to train on, ${formatCount(csvData.rows.heldOut)} held out` +
        (csvData.skippedLines > 0 ? `, ${formatCounted(csvData.skippedLines, 'bad line')} skipped.` : '.')
      : '';
  };
}

function acceptDrops(take: (file: File) => void): void {
  const body = document.body;
  body.addEventListener('dragover', (event) => {
    event.preventDefault();
    body.classList.add('dropping');
  });
  body.addEventListener('dragleave', () => body.classList.remove('dropping'));
  body.addEventListener('drop', (event) => {
    event.preventDefault();
    body.classList.remove('dropping');
    const file = event.dataTransfer?.files[0];
    if (file) take(file);
  });
}

function columnsContent({ name, columns }: InspectedCsv, actions: Actions): HTMLElement[] {
  const host = element('div', { class: 'columns' }, columns.map(columnRow));
  const open = button('Open this file', () => actions.openCsv(readRoles(host), false), { class: 'accent' });
  return [
    element('p', { class: 'field-label', text: `What are the columns of ${name}?` }),
    host,
    element('div', { class: 'actions' }, [open]),
  ];
}

function columnRow({ name, role, examples, positive }: CsvColumn, at: number): HTMLElement {
  const id = `column-${at}`;
  const select = element('select', { attributes: { id } });
  for (const each of roles) {
    const option = element('option', { text: roleNames[each], attributes: { value: each } });
    option.selected = each === role;
    select.append(option);
  }
  const clicked = element('input', {
    attributes: { 'aria-label': `Value of ${name} that means clicked`, value: positive },
  });
  const means = element('span', { class: 'means' }, ['clicked is ', clicked]);
  const show = () => (means.hidden = select.value !== 'label');
  select.addEventListener('change', show);
  show();
  return element('div', { class: 'column', data: { name } }, [
    element('label', { text: name, attributes: { for: id } }),
    element('span', { class: 'help', text: examples.join(', ') || 'empty' }),
    select,
    means,
  ]);
}

function readRoles(host: HTMLElement): ColumnRole[] {
  return [...host.querySelectorAll<HTMLElement>('.column')].map((row) => ({
    name: row.dataset['name']!,
    role: row.querySelector('select')!.value as Role,
    positive: row.querySelector('input')!.value,
  }));
}
