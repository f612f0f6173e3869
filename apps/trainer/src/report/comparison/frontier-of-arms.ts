import { OWN_SIZE, type ArmResult, type ComparisonResults, type Spread } from '@ttrec/training/compare';
import { formatBytes, formatMetric } from '../../terminal/format.ts';
import { bytesAxis, METRIC_GRID, metricAxis } from '../figures/axes.ts';
import { figure } from '../figures/figure.ts';
import { nothing, type Markup } from '../page/html.ts';
import { referenceSeries } from '../figures/reference-series.ts';
import { legend, runStyle, symbolOptions } from '../page/run-style.ts';

/** A result whose AUC is defined. */
type Scored = ArmResult & { readonly auc: Spread };

const TITLE = 'Test AUC against bytes';

/** The frontier: a line an arm through its budgets, with the 95 % intervals; arms of their own size are levels. */
export function frontierOfArms({ arms }: ComparisonResults): Markup {
  const results = arms.flatMap(({ auc, ...result }) => (auc === null ? [] : [{ ...result, auc }]));
  if (results.length === 0) return nothing;
  const names = budgetArms(results);
  return figure({
    id: 'frontier',
    title: TITLE,
    note: 'Symbol: mean over seeds. Bar: 95 % interval of the mean. Left is smaller, up is better.',
    alternative: describe(results, names),
    legend: legend(names),
    heights: { wide: 380, narrow: 320 },
    values: nothing,
    draw: ({ narrow }) => frontierOption(results, narrow),
  });
}

/** The options of the plot alone. */
function frontierOption(results: readonly Scored[], narrow: boolean) {
  const fitted = results.filter(({ budget }) => budget !== OWN_SIZE);
  const own = results.filter(({ budget }) => budget === OWN_SIZE);
  const values = results.flatMap(({ auc }) => [auc.mean, auc.low ?? auc.mean, auc.high ?? auc.mean]);
  return {
    grid: METRIC_GRID,
    xAxis: bytesAxis(
      fitted.map(({ bytes }) => bytes),
      narrow,
    ),
    yAxis: metricAxis('test AUC', values),
    series: [
      ...own.map(({ arm, auc }, i) =>
        referenceSeries({ label: arm, value: auc.mean }, i % 2 === 0 ? 'above' : 'below'),
      ),
      ...budgetArms(results).flatMap((arm, i) =>
        armSeries(
          fitted.filter((result) => result.arm === arm).sort((a, b) => a.bytes - b.bytes),
          i,
        ),
      ),
    ],
  };
}

function budgetArms(arms: readonly Scored[]): string[] {
  return [...new Set(arms.filter(({ budget }) => budget !== OWN_SIZE).map(({ arm }) => arm))];
}

function armSeries(points: readonly Scored[], index: number): object[] {
  const style = runStyle(index);
  const { colour, dash } = style;
  return [
    ...points.map(({ bytes, auc }) => ({
      type: 'line',
      data: [auc.low ?? auc.mean, auc.high ?? auc.mean].map((value) => [bytes, value]),
      symbol: 'none',
      lineStyle: { color: colour, width: 1, opacity: 0.6 },
    })),
    {
      type: 'line',
      data: points.map(({ bytes, auc }) => [bytes, auc.mean]),
      symbol: 'none',
      lineStyle: { color: colour, width: 1.5, type: dash.length === 0 ? 'solid' : [...dash] },
    },
    {
      type: 'scatter',
      data: points.map(({ bytes, auc }) => [bytes, auc.mean]),
      ...symbolOptions(style, 0.9),
      z: 4,
    },
  ];
}

function describe(arms: readonly Scored[], names: readonly string[]): string {
  const sentences = names.map((name) => {
    const points = arms
      .filter(({ arm, budget }) => arm === name && budget !== OWN_SIZE)
      .map(({ bytes, auc }) => `${formatMetric(auc.mean)} at ${formatBytes(bytes)}`);
    return `${name}: ${points.join(', ')}.`;
  });
  return `${TITLE}. ${sentences.join(' ')}`;
}
