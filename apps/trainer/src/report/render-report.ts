import { aucFigure, lossFigure } from './curve-figure.ts';
import { headlineSection } from './headline-section.ts';
import { html, type Markup } from './html.ts';
import { qualityFigure } from './quality-figure.ts';
import type { ReportInput } from './report-input.ts';
import { STYLESHEET } from './stylesheet.ts';
import { tablesFigure } from './tables-figure.ts';

/**
 * The report of a run or of a comparison: one HTML file that needs no script and no network, readable on a phone and
 * on a desktop, in light and in dark. Parts for which there are no records say so or are left out. The same input
 * gives the same page.
 */
export function renderReport(input: ReportInput): string {
  const { title, runs } = input;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        <style>
          ${STYLESHEET}
        </style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          ${subtitle(input)}
        </header>
        <main>
          <h2 id="results">Results</h2>
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
          </section>
        </main>
      </body>
    </html> `.text.trimEnd();
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
