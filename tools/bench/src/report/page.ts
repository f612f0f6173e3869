import { escape } from './html.ts';
import { formatRate, formatRatio, formatSpread } from './format.ts';
import { ratioPlot } from './plot.ts';
import type { BenchRecord, CaseRecord, ContenderRecord } from '../record.ts';
import { limits, setting } from './setting.ts';
import { goalInWords } from './table.ts';

const STYLESHEET = `
:root { color-scheme: light dark; --page: #f6f7f9; --surface: #fff; --ink: #16191f; --muted: #565d69; --rule: #e4e7ec;
  --pair: #7a8699; --median: #134cd2; --goal: #c2410c; }
@media (prefers-color-scheme: dark) { :root { --page: #12151a; --surface: #1b1f26; --ink: #eceef2; --muted: #a4acb9;
  --rule: #2d333d; --pair: #8b96a8; --median: #41bfff; --goal: #fb923c; } }
body { margin: 0 auto; max-width: 1200px; padding: 40px 24px 64px; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h1 { font-size: 28px; margin: 0; } h2 { font-size: 18px; margin: 36px 0 12px; }
p, li, figcaption { color: var(--muted); }
figure, .scroll { margin: 0; padding: 20px; background: var(--surface); border: 1px solid var(--rule); border-radius: 10px;
  overflow-x: auto; }
figure svg { display: block; width: 100%; min-width: 700px; height: auto; }
table { width: 100%; border-collapse: collapse; white-space: nowrap; font-size: 14px; }
th, td { padding: 6px 16px 6px 0; text-align: left; border-bottom: 1px solid var(--rule); }
td.number { text-align: right; } td.reason { white-space: normal; color: var(--muted); }
tbody th { padding-top: 18px; } tbody th small { display: block; font-weight: 400; color: var(--muted); white-space: normal; }
`;

/** The whole record as a page that fetches nothing. */
export function renderPage(record: BenchRecord): string {
  const plot = ratioPlot(record);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ttrec: benchmarks</title>
<style>${STYLESHEET}</style>
</head>
<body>
<header><h1>ttrec: benchmarks</h1>
<p>${escape(setting(record))}</p></header>
${plot === undefined ? '' : figure(plot)}
<h2>Results</h2>
<div class="scroll" role="region" tabindex="0" aria-label="Results">
<table>
<thead><tr><th>contender</th><th>rate</th><th>its time over ours</th><th>10 % to 90 %</th><th>goal</th><th>error</th><th>ran</th></tr></thead>
${record.cases.map(section).join('\n')}
</table>
</div>
<h2>What this does not show</h2>
<ul>${limits(record)
    .map((limit) => `<li>${escape(limit)}</li>`)
    .join('')}</ul>
</body>
</html>
`;
}

function figure(plot: string): string {
  return `<h2>Ours against others</h2>
<figure role="img" aria-label="How many times as fast as each contender; the values are in the table below">${plot}
<figcaption>Right of 1×, ours is faster. Dot: one pair. Diamond: median. Stroke: the goal.</figcaption></figure>`;
}

function section({ name, what, unit, contenders }: CaseRecord): string {
  const rows = contenders.map((contender) => row(contender, unit)).join('\n');
  return `<tbody><tr><th colspan="7" scope="rowgroup">${escape(name)}<small>${escape(what)}</small></th></tr>
${rows}</tbody>`;
}

function row(contender: ContenderRecord, unit: string): string {
  const { name, rate, ratio, check, reason, version } = contender;
  const number = (content: string) => `<td class="number">${escape(content)}</td>`;
  return `<tr><td>${escape(name)}</td>${number(rate ? `${formatRate(rate.median)} ${unit}/s` : '–')}${number(
    ratio ? formatRatio(ratio.median) : '',
  )}<td>${escape(ratio ? formatSpread(ratio) : '')}</td><td>${escape(goalInWords(contender))}</td><td>${
    check ? escape(check.error.toExponential(0)) : ''
  }</td><td class="reason">${escape(reason ?? version ?? '')}</td></tr>`;
}
