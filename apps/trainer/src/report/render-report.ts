import { aucFigure, lossFigure } from './figures/curve-figure.ts';
import { headlineSection } from './headline-section.ts';
import { html, type Markup } from './page/html.ts';
import { page } from './page/page.ts';
import { qualityFigure } from './figures/quality-figure.ts';
import type { ReportInput } from './report-input.ts';
import { tablesFigure } from './figures/tables-figure.ts';
import { withoutRepeats } from './same-runs.ts';

/**
 * The report of a run or of a comparison: one HTML file that needs no script and no network, readable on a phone and
 * on a desktop, in light and in dark. Parts for which there are no records say so or are left out. The same input
 * gives the same page. Runs with the same results are one.
 */
export function renderReport(all: ReportInput): string {
  const input = withoutRepeats(all);
  const { title, runs } = input;
  return page({
    title,
    header: html`<h1>${title}</h1>
      ${subtitle(input)}`,
    main: html`<h2 id="results">Results</h2>
      ${headlineSection(runs)}
      <h2>Plots</h2>
      <div class="plots">
        ${lossFigure(runs)} ${aucFigure(runs)} ${qualityFigure(runs)} ${tablesFigure(input)}
      </div>
      <h2>Config</h2>
      <section class="card">
        <details class="config">
          <summary>Effective config, as JSON</summary>
          <pre>${configText(input.config)}</pre>
        </details>
      </section>`,
  });
}

function subtitle({ generatedAt, runs }: ReportInput): Markup {
  const when = new Date(generatedAt);
  const readable = Number.isNaN(when.getTime())
    ? generatedAt
    : `${when.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const count = runs.length === 1 ? '1 run' : `${runs.length} runs`;
  return html`<p>${count}, report of <time datetime="${generatedAt}">${readable}</time></p>`;
}

function configText(config: unknown): string {
  return JSON.stringify(config ?? null, null, 2);
}
