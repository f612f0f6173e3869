import { formatBytes, formatMetric } from '../../terminal/format.ts';
import { bytesAxis, METRIC_GRID, metricAxis, shorten } from './axes.ts';
import { bestPossible, type Reference } from './curve.ts';
import { emptyFigure, figure } from './figure.ts';
import { nothing, type Markup } from '../page/html.ts';
import { referenceSeries } from './reference-series.ts';
import type { ReportRun } from '../report-input.ts';
import { runStyle, symbolOptions } from '../page/run-style.ts';
import { spread } from './spread.ts';

const ID = 'quality';
const TITLE = 'Quality against bytes';
const LABEL_HEIGHT = 16;

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
    draw: ({ height, narrow }) => {
      const xAxis = bytesAxis(bytes, narrow);
      const yAxis = metricAxis('test log-loss, nats', values);
      const pixels = (height - METRIC_GRID.top - METRIC_GRID.bottom) / (yAxis.max - yAxis.min);
      const middle = Math.sqrt(xAxis.min * xAxis.max);
      const left = points.filter((point) => point.bytes >= middle);
      const right = points.filter((point) => point.bytes < middle);
      return {
        grid: METRIC_GRID,
        xAxis,
        yAxis,
        series: [
          ...references.map((reference) => referenceSeries(reference, 'below')),
          ...labelledPoints(left, { side: 'left', pixels, narrow }),
          ...labelledPoints(right, { side: 'right', pixels, narrow }),
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

interface LabelLayout {
  /** Of the point that the label stands on: the one with more room. */
  readonly side: 'left' | 'right';
  /** To one unit of log-loss. */
  readonly pixels: number;
  readonly narrow: boolean;
}

/** Points with their names beside them, moved up or down where they would overlap. */
function labelledPoints(points: readonly QualityPoint[], { side, pixels, narrow }: LabelLayout): object[] {
  const wanted = points.map(({ logLoss }) => -logLoss * pixels);
  const places = spread(wanted, LABEL_HEIGHT);
  return points.map(({ name, index, bytes, logLoss }, i) => ({
    type: 'scatter',
    data: [[bytes, logLoss]],
    ...symbolOptions(runStyle(index), 1.3),
    label: {
      show: true,
      position: side,
      distance: 8,
      offset: [0, places[i]! - wanted[i]!],
      // A function, so that echarts reads no template out of a run's name.
      formatter: () => shorten(name, narrow ? 18 : 28),
      color: 'var(--ink)',
      fontSize: 13,
      textBorderColor: 'var(--surface)',
      textBorderWidth: 3,
    },
  }));
}

function describe(points: readonly QualityPoint[], references: readonly Reference[]): string {
  const sentences = points.map(
    ({ name, bytes, logLoss }) => `${name}: ${formatBytes(bytes)}, ${formatMetric(logLoss)}.`,
  );
  const levels = references.map(({ label, value }) => `Level of ${label}: ${formatMetric(value)}.`);
  return ['Test log-loss by bytes of the embedding tables.', ...sentences, ...levels].join(' ');
}
