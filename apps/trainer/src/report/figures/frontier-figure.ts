import type { FrontierPoint } from '@ttrec/planner';
import { formatBytes, formatLoss } from '../../terminal/format.ts';
import { bytesAxis, METRIC_GRID, metricAxis } from './axes.ts';
import { figure } from './figure.ts';
import { foldedTable } from '../page/folded-table.ts';
import { html, type Markup, nothing } from '../page/html.ts';
import { runStyle, symbolOptions } from '../page/run-style.ts';

const TITLE = 'Expected loss against bytes';

/** The frontier as a line, the plan as a symbol on it. */
export function frontierFigure(points: readonly FrontierPoint[], plan: FrontierPoint): Markup {
  const [line, chosen] = [runStyle(0), runStyle(1)];
  return figure({
    id: 'frontier',
    title: TITLE,
    note: 'Line: the best plan for each number of bytes of the tables in the file. Symbol: this plan. Left is smaller, down is better.',
    alternative: describe(points, plan),
    legend: nothing,
    heights: { wide: 340, narrow: 290 },
    values: valuesTable(points),
    draw: ({ narrow }) => ({
      grid: METRIC_GRID,
      xAxis: bytesAxis(
        points.map(({ bytes }) => bytes),
        narrow,
      ),
      yAxis: metricAxis(
        'expected loss, share of variance',
        points.map(({ expectedLoss }) => expectedLoss),
        [0, 1],
      ),
      series: [
        {
          type: 'line',
          data: points.map(({ bytes, expectedLoss }) => [bytes, expectedLoss]),
          symbol: 'none',
          lineStyle: { color: line.colour, width: 1.75, join: 'round' },
        },
        { type: 'scatter', data: [[plan.bytes, plan.expectedLoss]], ...symbolOptions(chosen, 1.2), z: 4 },
      ],
    }),
  });
}

function describe(points: readonly FrontierPoint[], plan: FrontierPoint): string {
  const [first, last] = [points[0]!, points.at(-1)!];
  const said = ({ bytes, expectedLoss }: FrontierPoint) =>
    `${formatLoss(expectedLoss)} at ${formatBytes(bytes)}`;
  return `${TITLE}: from ${said(first)} down to ${said(last)}; the plan expects ${said(plan)}.`;
}

function valuesTable(points: readonly FrontierPoint[]): Markup {
  return foldedTable({
    summary: 'Values',
    label: `${TITLE}: values`,
    head: html`<tr>
      <th scope="col">bytes</th>
      <th scope="col">expected loss</th>
    </tr>`,
    rows: points.map(
      ({ bytes, expectedLoss }) =>
        html`<tr>
          <th scope="row">${formatBytes(bytes)}</th>
          <td>${formatLoss(expectedLoss)}</td>
        </tr>`,
    ),
  });
}
