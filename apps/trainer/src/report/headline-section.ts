import type { FinalRecord } from '@ttrec/training/records';
import { formatBytes, formatCount, formatDuration, formatMetric } from '../terminal/format.ts';
import { cellText, cellValue, pageColumns, UNKNOWN, type Column } from './columns.ts';
import { foldedTable } from './page/folded-table.ts';
import { html, nothing, type Markup } from './page/html.ts';
import type { ReportRun } from './report-input.ts';
import { runStyle, swatch } from './page/run-style.ts';

/** What each run came to, in a table; below it what the columns mean, and more about each run, folded. */
export function headlineSection(runs: readonly ReportRun[]): Markup {
  if (runs.length === 0) return html`<section class="card"><p class="empty">No runs.</p></section>`;
  const finals = runs.flatMap(({ final }) => final ?? []);
  const columns = pageColumns(finals);
  const winners = columns.map((column) => winningText(column, finals));
  const rows = runs.map(({ name, final }, i) => {
    const cells = columns.map((column, c) => {
      const text = cellText(column, final);
      return html`<td>${text === winners[c] ? html`<strong>${text}</strong>` : text}</td>`;
    });
    const mark = runs.length > 1 ? html`${swatch(runStyle(i))} ` : nothing;
    return html`<tr>
      <th scope="row">${mark}${name}</th>
      ${cells}
      <td class="word">${final?.backend ?? UNKNOWN}</td>
    </tr>`;
  });
  const heads = columns.map(({ head }) => html`<th scope="col">${head}</th>`);
  return html`<section class="card" aria-labelledby="results">
    <div class="scroll" role="region" tabindex="0" aria-labelledby="results">
      <table>
        <thead>
          <tr>
            <th scope="col">run</th>
            ${heads}
            <th scope="col" class="word">backend</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    ${notes(runs)}
    <details>
      <summary>What the columns mean</summary>
      <dl class="meanings">${columns.map(meaningOf)}</dl>
    </details>
    ${moreAbout(runs)}
  </section>`;
}

/** The text of the best cell of a column: equal to four places is equally good. */
function winningText(column: Column, finals: readonly FinalRecord[]): string | undefined {
  const values = finals.flatMap((final) => cellValue(column, final) ?? []);
  if (column.better === undefined || values.length < 2) return undefined;
  return column.format(column.better === 'lower' ? Math.min(...values) : Math.max(...values));
}

function meaningOf({ head, meaning }: Column): Markup {
  return html`<dt>${head}</dt>
    <dd>${meaning}</dd>`;
}

/** What a reader must not miss: runs without an end, and backends that were asked for or preferred but did not run. */
function notes(runs: readonly ReportRun[]): Markup {
  const unfinished = runs
    .filter(({ final }) => final === undefined)
    .map(({ name }) => html`<li>${name} has no final record: it was stopped, or is still running.</li>`);
  const passedOver = new Set(
    runs.flatMap(({ final }) =>
      (final?.engine.passedOver ?? []).map(
        ({ name, reason }) => `Backend ${name} was passed over: ${reason}`,
      ),
    ),
  );
  const items = [...unfinished, ...[...passedOver].map((text) => html`<li>${text}</li>`)];
  return items.length === 0
    ? nothing
    : html`<ul class="notes">
        ${items}
      </ul>`;
}

/** Everything else in the final records: a row for each fact, a column for each run. */
function moreAbout(runs: readonly ReportRun[]): Markup {
  const ended = runs.flatMap(({ name, final }) => (final === undefined ? [] : [{ name, final }]));
  if (ended.length === 0) return nothing;
  const rows = FACTS.map(
    ([label, textOf]) =>
      html`<tr>
        <th scope="row">${label}</th>
        ${ended.map(({ final }) => html`<td>${textOf(final)}</td>`)}
      </tr>`,
  );
  return foldedTable({
    summary: 'More about the runs',
    label: 'More about the runs',
    head: html`<tr>
      <th scope="col">fact</th>
      ${ended.map(({ name }) => html`<th scope="col">${name}</th>`)}
    </tr>`,
    rows,
  });
}

const FACTS: readonly (readonly [label: string, textOf: (final: FinalRecord) => string])[] = [
  ['training rows', ({ data }) => count(data.rows.train)],
  ['validation rows', ({ data }) => count(data.rows.validation)],
  ['test rows', ({ test }) => count(test.rows)],
  ['bad lines skipped', ({ data }) => count(data.badLines)],
  ['tested after step', ({ test }) => count(test.step)],
  ['base-rate log-loss', ({ test }) => formatMetric(test.baseRateLogLoss)],
  ['best possible log-loss', ({ test }) => formatMetric(test.bestPossible?.logLoss)],
  ['best possible AUC', ({ test }) => formatMetric(test.bestPossible?.auc)],
  ['accuracy', ({ test }) => formatMetric(test.accuracy)],
  ['calibration', ({ test }) => formatMetric(test.calibration)],
  ['table parameters', ({ tables }) => count(tables.parameters)],
  ['tables stored dense', ({ tables }) => formatBytes(tables.denseBytes)],
  ['tables in training', ({ tables }) => formatBytes(tables.trainingBytes)],
  ['steps', ({ steps }) => count(steps)],
  ['training samples', ({ samples }) => count(samples)],
  ['time training', ({ trainingSeconds }) => formatDuration(trainingSeconds)],
  ['engine', ({ engine }) => engine.description],
  ['threads', ({ engine }) => count(engine.threads)],
  ['seed', ({ seed }) => String(seed)],
];

function count(value: number | null): string {
  return value === null ? UNKNOWN : formatCount(value);
}
