import { formatBytes, formatCount } from '../../terminal/format.ts';
import { bytesAxis, namesAxis, shorten } from './axes.ts';
import { UNKNOWN } from '../columns.ts';
import { figure } from './figure.ts';
import { foldedTable } from '../page/folded-table.ts';
import { html, nothing, type Markup } from '../page/html.ts';
import type { ReportInput, ReportTable } from '../report-input.ts';
import { legend, runStyle, symbolOptions } from '../page/run-style.ts';

const ID = 'tables';
const TITLE = 'Bytes per table';
/** The plot stops here; the table below it holds all. */
const DRAWN = 30;
/** From the symbol of a run to that of the next. */
const SYMBOL_STEP = 8;

/** One table across the runs. */
interface TableAcrossRuns {
  readonly name: string;
  readonly numEmbeddings: number;
  readonly denseBytes: number;
  /** By run; undefined where a run has no such table. */
  readonly inRuns: readonly (ReportTable | undefined)[];
}

/**
 * Bytes of each table, a symbol for each run. Symbols and not bars, since on a logarithmic scale the length of a bar
 * means nothing.
 */
export function tablesFigure({ runs, tables = [] }: ReportInput): Markup {
  const names = runs.map(({ name }) => name);
  const all = acrossRuns(names, tables);
  const drawn = drawnOf(all);
  if (drawn.length === 0) return nothing;
  const bytes = drawn.flatMap(({ denseBytes, inRuns }) => [denseBytes, ...inRuns.flatMap(positiveBytes)]);
  const band = Math.max(24, 12 + SYMBOL_STEP * names.length);
  const height = 62 + drawn.length * band;
  return figure({
    id: ID,
    title: TITLE,
    note: noteOn(all, drawn),
    alternative: describe(names, drawn),
    legend: legend(names),
    heights: { wide: height, narrow: height },
    values: valuesTable(names, all),
    draw: ({ narrow }) => {
      const labels = drawn.map(({ name }) => shorten(name, narrow ? 12 : 18));
      const left = 16 + 7 * Math.max(...labels.map((label) => label.length));
      return {
        grid: { left, right: 24, top: 8, bottom: 44 },
        xAxis: bytesAxis(bytes, narrow),
        yAxis: namesAxis(labels),
        series: [denseSeries(drawn, band - 6), ...names.map((_, i) => runSeries(drawn, i, names.length))],
      };
    },
  });
}

/** The tables in which the runs differ from dense; all of them where none does. The largest `DRAWN`. */
function drawnOf(all: readonly TableAcrossRuns[]): readonly TableAcrossRuns[] {
  const sized = all.filter(({ denseBytes }) => denseBytes > 0);
  const compressed = sized.filter(({ denseBytes, inRuns }) =>
    inRuns.some((table) => table !== undefined && table.bytes !== denseBytes),
  );
  return (compressed.length > 0 ? compressed : sized).slice(0, DRAWN);
}

function noteOn(all: readonly TableAcrossRuns[], drawn: readonly TableAcrossRuns[]): string {
  const reading = 'Largest first. Grey bar: the table stored dense.';
  const left = all.filter((table) => !drawn.includes(table));
  if (left.length === 0) return reading;
  const bytes = left.reduce((sum, { denseBytes }) => sum + denseBytes, 0);
  return `${reading} Not drawn: ${formatCount(left.length)} more, ${formatBytes(bytes)} dense; see the values.`;
}

function positiveBytes(table: ReportTable | undefined): number[] {
  return table !== undefined && table.bytes > 0 ? [table.bytes] : [];
}

/** All tables that any run has, the largest first; ties in the order of the first run. */
function acrossRuns(names: readonly string[], tables: NonNullable<ReportInput['tables']>): TableAcrossRuns[] {
  const byRun = names.map((name) => {
    const rows = tables.find(({ run }) => run === name)?.rows ?? [];
    return new Map(rows.map((row) => [row.name, row]));
  });
  const tableNames = [...new Set(byRun.flatMap((rows) => [...rows.keys()]))];
  return tableNames
    .map((name) => {
      const inRuns = byRun.map((rows) => rows.get(name));
      const { numEmbeddings, denseBytes } = inRuns.find((table) => table !== undefined)!;
      return { name, numEmbeddings, denseBytes, inRuns };
    })
    .sort((a, b) => b.denseBytes - a.denseBytes);
}

/** A stroke across the band at the dense size. */
function denseSeries(tables: readonly TableAcrossRuns[], height: number): object {
  return {
    type: 'scatter',
    data: tables.map(({ denseBytes }, i) => [denseBytes, i]),
    symbol: 'rect',
    symbolSize: [3, height],
    itemStyle: { color: 'var(--axis)', opacity: 1 },
  };
}

/** The runs of a table lie one under another, so that equal bytes do not hide one another. */
function runSeries(tables: readonly TableAcrossRuns[], index: number, runs: number): object {
  return {
    type: 'scatter',
    data: tables.flatMap(({ inRuns }, i) => positiveBytes(inRuns[index]).map((bytes) => [bytes, i])),
    ...symbolOptions(runStyle(index), 0.9),
    symbolOffset: [0, (index - (runs - 1) / 2) * SYMBOL_STEP],
  };
}

function describe(names: readonly string[], tables: readonly TableAcrossRuns[]): string {
  const sentences = tables.map(({ name, denseBytes, inRuns }) => {
    const sizes = inRuns.flatMap((table, i) =>
      table === undefined ? [] : [`${names[i]!} ${formatBytes(table.bytes)}`],
    );
    return `${name}: ${sizes.join(', ')}; dense ${formatBytes(denseBytes)}.`;
  });
  return ['Bytes of each embedding table.', ...sentences].join(' ');
}

function valuesTable(names: readonly string[], tables: readonly TableAcrossRuns[]): Markup {
  const cells = (table: ReportTable | undefined) =>
    table === undefined
      ? html`<td>${UNKNOWN}</td>
          <td>${UNKNOWN}</td>`
      : html`<td class="word">${table.kind}</td>
          <td>${formatBytes(table.bytes)}</td>`;
  const rows = tables.map(
    ({ name, numEmbeddings, denseBytes, inRuns }) =>
      html`<tr>
        <th scope="row">${name}</th>
        <td>${formatCount(numEmbeddings)}</td>
        <td>${formatBytes(denseBytes)}</td>
        ${inRuns.map(cells)}
      </tr>`,
  );
  return foldedTable({
    summary: 'Values',
    label: `${TITLE}: values`,
    head: html`<tr>
        <th scope="col" rowspan="2">table</th>
        <th scope="col" rowspan="2">rows</th>
        <th scope="col" rowspan="2">dense</th>
        ${names.map((name) => html`<th scope="colgroup" colspan="2">${name}</th>`)}
      </tr>
      <tr>
        ${names.map(
          () =>
            html`<th scope="col" class="word">kind</th>
              <th scope="col">bytes</th>`,
        )}
      </tr>`,
    rows,
  });
}
