import {
  regimeText,
  type ArmComparison,
  type ArmResult,
  type ComparisonResults,
} from '@ttrec/training/compare';
import { formatBytes, formatCount, formatDuration, formatMetric } from '../../terminal/format.ts';
import { html, type Markup, nothing } from '../page/html.ts';
import { page } from '../page/page.ts';
import { comparisonNotes, verdictOf } from './comparison-table.ts';
import { decilesTable } from './deciles-table.ts';
import { frontierOfArms } from './frontier-of-arms.ts';

/** A comparison at equal bytes as a page without script or network. The same results give the same page. */
export function renderComparison(results: ComparisonResults): string {
  const { name, settings } = results;
  return page({
    title: `${name}: comparison at equal bytes`,
    header: html`<h1>${name}</h1>
      <p>
        Comparison at equal bytes: ${regimeText(settings)}, ${settings.seeds} seeds,
        ${formatCount(results.testRows)} test rows, dense tables ${formatBytes(results.denseBytes)}
      </p>`,
    main: html`<div class="plots">${frontierOfArms(results)}</div>
      <h2 id="results">Results</h2>
      <section class="card">${resultsTable(results)} ${notes(results)} ${decilesTable(results)}</section>
      <h2>Summary</h2>
      <section class="card">${summaryTable(results)}</section>`,
  });
}

function resultsTable(results: ComparisonResults): Markup {
  const against = [...new Set(results.comparisons.map((each) => each.against))];
  const rows = results.arms.map(
    (result) =>
      html`<tr>
        <th scope="row">${result.arm}</th>
        <td>${result.budget}</td>
        <td>${formatBytes(result.bytes)}</td>
        <td>${formatMetric(result.auc?.mean)}${reach(result)}</td>
        <td>${formatMetric(result.logLoss.mean)}</td>
        ${against.map((name) => verdictCells(verdictOf(results, result, name)))}
        <td>${result.setting.tableRate.toPrecision(2)}</td>
        <td>${result.setting.split.toPrecision(2)}</td>
        <td>${formatDuration(result.seconds)}</td>
      </tr>`,
  );
  return html`<div class="scroll" role="region" tabindex="0" aria-labelledby="results">
    <table>
      <thead>
        <tr>
          <th scope="col">arm</th>
          <th scope="col">budget</th>
          <th scope="col">bytes</th>
          <th scope="col">AUC</th>
          <th scope="col">log-loss</th>
          ${against.map(
            (name) =>
              html`<th scope="col">against ${name}</th>
                <th scope="col">other rows</th>
                <th scope="col" class="word">verdict</th>`,
          )}
          <th scope="col">rate</th>
          <th scope="col">split</th>
          <th scope="col">time</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function reach({ auc }: ArmResult): string {
  const { low, high } = auc ?? { low: null, high: null };
  return low === null || high === null ? '' : ` ± ${formatMetric((high - low) / 2)}`;
}

function verdictCells(comparison: ArmComparison | undefined): Markup {
  if (!comparison)
    return html`<td></td>
      <td></td>
      <td></td>`;
  const { mean, low, high, rows, verdict } = comparison;
  return html`<td>${signed(mean)} [${signed(low)}, ${signed(high)}]</td>
    <td>${rows ? `[${signed(rows.low)}, ${signed(rows.high)}]` : '–'}</td>
    <td class="word">${verdict}</td>`;
}

function signed(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${Math.abs(difference).toFixed(4)}`;
}

function notes(results: ComparisonResults): Markup {
  const unreached = results.unreachable.map(
    ({ arm, budget }) =>
      `${arm}, ${budget}, is left out: its smallest is larger, or the optimizer cannot train it`,
  );
  return html`<ul class="notes">
    ${[...comparisonNotes(results), ...unreached].map((text) => html`<li>${text}</li>`)}
    <li>
      Intervals are of Student’s t over seeds, paired; verdicts are adjusted by Holm for all comparisons with
      the same arm. “Other rows” is DeLong’s interval over the test rows within a seed, the mean over seeds.
    </li>
    <li>Rate multiplies the learning rate of the tables; tables have bytes in proportion to rows^split.</li>
  </ul>`;
}

function summaryTable({ summary: { curves } }: ComparisonResults): Markup {
  if (curves.length === 0) return nothing;
  const bytes = (value: number | null) => (value === null ? '–' : formatBytes(value));
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Summary">
    <table>
      <thead>
        <tr>
          <th scope="col">arm</th>
          <th scope="col">mean AUC over log bytes</th>
          <th scope="col">bytes for dense − 0.001</th>
          <th scope="col">bytes for dense − 0.005</th>
        </tr>
      </thead>
      <tbody>
        ${curves.map(
          ({ arm, area, bytesWithin }) =>
            html`<tr>
              <th scope="row">${arm}</th>
              <td>${formatMetric(area)}</td>
              <td>${bytes(bytesWithin['0.001'])}</td>
              <td>${bytes(bytesWithin['0.005'])}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
