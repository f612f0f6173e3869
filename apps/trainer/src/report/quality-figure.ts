import { formatBytes, formatMetric } from '../terminal/format.ts';
import { bytesAxis, METRIC_GRID, metricAxis, shorten } from './axes.ts';
import { bestPossible, type Reference } from './curve.ts';
import { emptyFigure, figure } from './figure.ts';
import { nothing, type Markup } from './html.ts';
import { referenceSeries } from './reference-series.ts';
import type { ReportRun } from './report-input.ts';
import { runStyle, symbolOptions } from './run-style.ts';

const ID = 'quality';
const TITLE = 'Quality against bytes';

interface QualityPoint {
  readonly name: string;
  /** Of the run among all runs, which decides its colour. */
  readonly index: number;
  readonly bytes: number;
  readonly logLoss: number;
}

/** Test log-loss against the bytes of the tables, a labelled point for each run. One run alone has nothing to compare. */
export function qualityFigure(runs: readonly ReportRun[]): Markup {
  if (runs.length < 2) return nothing;
  const points = qualityPoints(runs);
  if (points.length === 0) return emptyFigure(ID, TITLE, 'No run has been tested yet.');
  const references = bestPossible(runs, 'logLoss');
  const bytes = points.map((point) => point.bytes);
  const values = [...points.map(({ logLoss }) => logLoss), ...references.map(({ value }) => value)];
  return figure({
    id: ID,
    title: TITLE,
    note: 'Each point is a run on the test rows. Left is smaller, down is better.',
    alternative: describe(points, references),
    legend: nothing,
    heights: { wide: 340, narrow: 290 },
    values: nothing,
    draw: ({ narrow }) => {
      const xAxis = bytesAxis(bytes, narrow);
      const middle = Math.sqrt(xAxis.min * xAxis.max);
      return {
        grid: METRIC_GRID,
        xAxis,
        yAxis: metricAxis('test log-loss, nats', values),
        series: [
          ...references.map((reference) => referenceSeries(reference, 'below')),
          ...points.map((point) => pointSeries(point, point.bytes < middle ? 'right' : 'left', narrow)),
        ],
      };
    },
  });
}

function qualityPoints(runs: readonly ReportRun[]): QualityPoint[] {
  return runs.flatMap(({ name, final }, index) => {
    const bytes = final?.tables.bytes ?? 0;
    const logLoss = final?.test.logLoss ?? NaN;
    return bytes > 0 && Number.isFinite(logLoss) ? [{ name, index, bytes, logLoss }] : [];
  });
}

function pointSeries({ name, index, bytes, logLoss }: QualityPoint, side: string, narrow: boolean): object {
  return {
    type: 'scatter',
    data: [[bytes, logLoss]],
    ...symbolOptions(runStyle(index), 1.3),
    labelLayout: { moveOverlap: 'shiftY' },
    label: {
      show: true,
      position: side,
      distance: 8,
      // A function, so that echarts reads no template out of a run's name.
      formatter: () => shorten(name, narrow ? 18 : 28),
      color: 'var(--ink)',
      fontSize: 13,
      textBorderColor: 'var(--surface)',
      textBorderWidth: 3,
    },
  };
}

function describe(points: readonly QualityPoint[], references: readonly Reference[]): string {
  const sentences = points.map(
    ({ name, bytes, logLoss }) => `${name}: ${formatBytes(bytes)}, ${formatMetric(logLoss)}.`,
  );
  const levels = references.map(({ label, value }) => `Level of ${label}: ${formatMetric(value)}.`);
  return ['Test log-loss by bytes of the embedding tables.', ...sentences, ...levels].join(' ');
}
