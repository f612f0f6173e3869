import { formatCount, formatMetric } from '../../terminal/format.ts';
import { METRIC_GRID, metricAxis, samplesAxis } from './axes.ts';
import {
  baseRates,
  bestPossible,
  condense,
  curveOf,
  type Curve,
  type CurvePoint,
  type Reference,
} from './curve.ts';
import { emptyFigure, figure } from './figure.ts';
import { foldedTable } from '../page/folded-table.ts';
import { html, type Markup } from '../page/html.ts';
import { referenceSeries } from './reference-series.ts';
import type { ReportRun } from '../report-input.ts';
import { legend, runStyle, symbolOptions } from '../page/run-style.ts';
import type { PlotSize } from './svg-plot.ts';

/** What the two plots over samples differ in. */
interface CurveKind {
  readonly id: string;
  readonly title: string;
  readonly axis: string;
  readonly note: string;
  readonly best: (...values: number[]) => number;
}

const LOSS: CurveKind = {
  id: 'loss',
  title: 'Log-loss during training',
  axis: 'log-loss, nats',
  note: 'Line: mean over the training rows since the point before, each row before its own update. Symbol: validation rows.',
  best: Math.min,
};

const AUC: CurveKind = {
  id: 'auc',
  title: 'AUC during training',
  axis: 'AUC',
  note: 'Line: mean AUC of the training records since the point before, rows scored before their own update. Symbol: validation rows.',
  best: Math.max,
};

export function lossFigure(runs: readonly ReportRun[]): Markup {
  const curves = runs.map((run) => curveOf(run, 'logLoss'));
  return curveFigure(LOSS, curves, [...baseRates(runs), ...bestPossible(runs, 'logLoss')]);
}

export function aucFigure(runs: readonly ReportRun[]): Markup {
  const curves = runs.map((run) => curveOf(run, 'auc'));
  return curveFigure(AUC, curves, bestPossible(runs, 'auc'));
}

function curveFigure(kind: CurveKind, curves: readonly Curve[], references: readonly Reference[]): Markup {
  const points = curves.flatMap(({ training, validation }) => [...training, ...validation]);
  if (points.length === 0) {
    return emptyFigure(kind.id, kind.title, 'Nothing was recorded that this plot could show.');
  }
  const end = Math.max(1, ...points.map(({ samples }) => samples));
  const values = [...points, ...references].map(({ value }) => value);
  return figure({
    ...kind,
    alternative: describe(kind, curves, references),
    legend: legend(curves.map(({ name }) => name)),
    heights: { wide: 340, narrow: 290 },
    values: valuesTable(kind, curves),
    draw: (size) => ({
      grid: METRIC_GRID,
      xAxis: samplesAxis(end, size.narrow),
      yAxis: metricAxis(kind.axis, values),
      series: [
        ...references.map((reference) => referenceSeries(reference, sideOf(reference, references))),
        ...curves.flatMap((curve, i) => curveSeries(curve, i, size)),
      ],
    }),
  });
}

/** The line of training and the symbols of validation. */
function curveSeries({ training, validation }: Curve, index: number, { narrow }: PlotSize): object[] {
  const style = runStyle(index);
  const { colour, dash } = style;
  const line = condense(training, narrow ? 60 : 100);
  const pair = ({ samples, value }: CurvePoint) => [samples, value];
  return [
    {
      type: 'line',
      data: line.map(pair),
      // A line needs two points; one alone is a dot.
      ...(line.length === 1 ? { symbol: 'circle', symbolSize: 6 } : { symbol: 'none' }),
      itemStyle: { color: colour },
      lineStyle: { color: colour, width: 1.75, type: dash.length === 0 ? 'solid' : [...dash], join: 'round' },
    },
    {
      type: 'scatter',
      data: validation.map(pair),
      ...symbolOptions(style, 1),
      z: 4,
    },
  ];
}

/** A label goes on the side away from the curves: below the lowest of several levels, above the others. */
function sideOf({ value }: Reference, all: readonly Reference[]): 'above' | 'below' {
  return all.some((other) => other.value > value) ? 'below' : 'above';
}

function describe(kind: CurveKind, curves: readonly Curve[], references: readonly Reference[]): string {
  const sentences = curves.map(({ name, training, validation }) => {
    const parts = [
      ...(training.length === 0
        ? []
        : [`training from ${formatMetric(training[0]!.value)} to ${formatMetric(training.at(-1)!.value)}`]),
      ...(validation.length === 0
        ? []
        : [`validation at best ${formatMetric(bestOf(kind, validation)!.value)}`]),
    ];
    return `${name}: ${parts.length === 0 ? 'nothing recorded' : parts.join(', ')}.`;
  });
  const levels = references.map(({ label, value }) => `Level of ${label}: ${formatMetric(value)}.`);
  return [`${kind.title}, by samples seen.`, ...sentences, ...levels].join(' ');
}

function valuesTable(kind: CurveKind, curves: readonly Curve[]): Markup {
  const rows = curves.map(({ name, training, validation, test }) => {
    const best = bestOf(kind, validation);
    return html`<tr>
      <th scope="row">${name}</th>
      <td>${formatMetric(training[0]?.value)}</td>
      <td>${formatMetric(training.at(-1)?.value)}</td>
      <td>${formatMetric(best?.value)}</td>
      <td>${best === undefined ? '–' : formatCount(best.samples)}</td>
      <td>${formatMetric(test)}</td>
    </tr>`;
  });
  return foldedTable({
    summary: 'Values',
    label: `${kind.title}: values`,
    head: html`<tr>
      <th scope="col">run</th>
      <th scope="col">training, first</th>
      <th scope="col">training, last</th>
      <th scope="col">validation, best</th>
      <th scope="col">at samples</th>
      <th scope="col">test</th>
    </tr>`,
    rows,
  });
}

function bestOf({ best }: CurveKind, points: readonly CurvePoint[]): CurvePoint | undefined {
  const value = best(...points.map((point) => point.value));
  return points.find((point) => point.value === value);
}
