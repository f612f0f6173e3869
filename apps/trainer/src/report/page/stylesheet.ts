import { Markup } from './html.ts';
import { RUN_COLOURS } from './run-style.ts';

const LIGHT = variables(RUN_COLOURS.light, {
  page: '#f6f7f9',
  surface: '#ffffff',
  ink: '#16191f',
  muted: '#565d69',
  rule: '#e4e7ec',
  axis: '#9aa1ad',
  focus: '#134cd2',
  shadow: 'rgb(0 0 0 / 0.16)',
});

const DARK = variables(RUN_COLOURS.dark, {
  page: '#12151a',
  surface: '#1b1f26',
  ink: '#eceef2',
  muted: '#a4acb9',
  rule: '#2d333d',
  axis: '#6b7482',
  focus: '#41bfff',
  shadow: 'rgb(0 0 0 / 0.6)',
});

/** All the looks of a report. Nothing is fetched: system fonts, no pictures. */
export const STYLESHEET = new Markup(`
:root { color-scheme: light dark; ${LIGHT} }
@media (prefers-color-scheme: dark) { :root { ${DARK} } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1200px; padding: 40px 24px 64px; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%; }
h1 { margin: 0; font-size: 28px; line-height: 1.2; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { margin: 36px 0 12px; font-size: 18px; }
h3 { margin: 0; font-size: 16px; }
p { margin: 4px 0 0; }
main > .plots:first-child { margin-top: 20px; }
header p, figcaption p, .empty, .meanings { color: var(--muted); }
figcaption p, .meanings, summary, .notes { font-size: 13px; }
.card, figure { margin: 0; padding: 20px; background: var(--surface); border: 1px solid var(--rule); border-radius: 10px; }
.plots { display: grid; gap: 20px; grid-template-columns: minmax(0, 1fr); }
figure { min-width: 0; }
figure svg:not(.swatch) { display: block; width: 100%; height: auto; }
.narrow { display: none; }
.wide, .narrow { margin-top: 12px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 12px 0 0; padding: 0; list-style: none; font-size: 13px; }
.legend li { overflow-wrap: anywhere; }
.swatch { vertical-align: -2px; overflow: visible; }
.config { margin-top: 0; }
/* A shadow at the right edge, covered once scrolled to the end: there is more. */
.scroll { overflow-x: auto; background:
  linear-gradient(to left, var(--surface) 40%, transparent) right / 40px 100% no-repeat local,
  linear-gradient(to left, var(--shadow), transparent) right / 12px 100% no-repeat scroll; }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; white-space: nowrap; }
th, td { padding: 8px 0 8px 20px; text-align: right; border-bottom: 1px solid var(--rule); }
thead th { vertical-align: bottom; font-size: 13px; font-weight: 500; color: var(--muted); }
thead th, tbody th { max-width: 32ch; overflow: hidden; text-overflow: ellipsis; }
.word, th[scope=row], thead tr:first-child th:first-child { text-align: left; }
th[scope=row], thead tr:first-child th:first-child { padding-left: 0; position: sticky; left: 0; background: var(--surface); }
tbody th { font-weight: 600; }
tbody tr:last-child > * { border-bottom: 0; }
th[scope=colgroup] { text-align: left; }
td strong { font-weight: 700; }
details { margin-top: 12px; }
details table { font-size: 13px; }
details th, details td { padding-top: 5px; padding-bottom: 5px; }
summary { width: fit-content; color: var(--muted); cursor: pointer; border-radius: 4px; }
.notes { margin: 12px 0 0; padding-left: 18px; }
.meanings { margin: 8px 0 0; display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; }
.reasons { margin: 0; }
.reasons dt { font-weight: 600; }
.reasons dd { margin: 0 0 10px; color: var(--muted); }
.meanings dt { color: var(--ink); }
.meanings dd { margin: 0; }
pre { margin: 12px 0 0; overflow-x: auto; font: 12.5px/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
@media (min-width: 1000px) {
  .plots { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .plots > :only-child { grid-column: 1 / -1; max-width: 760px; }
}
@media (max-width: 560px) {
  body { padding: 24px 12px 40px; }
  .card, figure { padding: 16px 14px; }
  .wide { display: none; }
  .narrow { display: block; }
  table { font-size: 14px; }
  th, td { padding-left: 13px; }
  thead th, tbody th { max-width: 42vw; }
  .meanings { grid-template-columns: 1fr; }
  .meanings dd { margin-bottom: 6px; }
}
@media print { body { max-width: none; padding: 0; } figure, tr { break-inside: avoid; } }
`);

function variables(runColours: readonly string[], named: Readonly<Record<string, string>>): string {
  const runs = runColours.map((colour, i) => [`run-${i}`, colour] as const);
  return [...runs, ...Object.entries(named)].map(([name, value]) => `--${name}: ${value};`).join(' ');
}
