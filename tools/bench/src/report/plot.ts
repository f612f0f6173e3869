import { ScatterChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { BenchRecord } from '../record.ts';
import { ratiosOfPairs, secondsOf, summarise } from '../statistics.ts';

use([ScatterChart, GridComponent, MarkLineComponent, SVGRenderer]);

/** One line of the plot: a contender against the first of its case. */
interface Row {
  readonly label: string;
  readonly ratios: readonly number[];
  readonly atLeast: number | undefined;
}

const BAND = 26;
const WIDTH = 1100;
const LABELS = 480;
const text = { color: 'var(--muted)', fontSize: 12 };

/**
 * Ratios on a logarithmic axis, one line for each contender: a dot for each pair, a diamond for the
 * median, a stroke for the goal. Undefined when nothing was compared. Colours are CSS variables of the page.
 */
export function ratioPlot(record: BenchRecord): string | undefined {
  const rows = rowsOf(record);
  if (rows.length === 0) return undefined;
  const height = 60 + rows.length * BAND;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: 'inherit' },
      grid: { left: LABELS, right: 24, top: 8, bottom: 44 },
      xAxis: ratioAxis(rows),
      yAxis: {
        type: 'category',
        inverse: true,
        data: rows.map(({ label }) => label),
        axisLabel: { ...text, interval: 0 },
        axisTick: { show: false },
        splitLine: { show: true, interval: 0, lineStyle: { color: 'var(--rule)' } },
      },
      series: [pairs(rows), medians(rows), goals(rows)],
    });
    return chart.renderToSVGString({ useViewBox: true });
  } finally {
    chart.dispose();
  }
}

function rowsOf({ cases }: BenchRecord): Row[] {
  return cases.flatMap(({ name, contenders }) =>
    contenders.flatMap(({ name: other, samples, ours = [], atLeast }) => {
      const ratios = ratiosOfPairs(secondsOf(ours), secondsOf(samples));
      return ratios.length === 0 ? [] : [{ label: `${name}, ${other}`, ratios, atLeast }];
    }),
  );
}

/** Whole decades around everything that is drawn. */
function ratioAxis(rows: readonly Row[]) {
  const drawn = rows.flatMap(({ ratios, atLeast }) => [...ratios, atLeast ?? 1]);
  return {
    type: 'log',
    min: 10 ** Math.floor(Math.log10(Math.min(...drawn, 0.5))),
    max: 10 ** Math.ceil(Math.log10(Math.max(...drawn, 2))),
    name: 'times as fast as the contender, log scale',
    nameLocation: 'middle',
    nameGap: 28,
    nameTextStyle: text,
    axisLabel: { ...text, formatter: (ratio: number) => `${ratio}×` },
    minorTick: { show: true, splitNumber: 9 },
    splitLine: { show: true, lineStyle: { color: 'var(--rule)' } },
  };
}

function pairs(rows: readonly Row[]) {
  return {
    type: 'scatter',
    symbolSize: 5,
    data: rows.flatMap(({ ratios }, i) => ratios.map((ratio) => [ratio, i])),
    itemStyle: { color: 'var(--pair)', opacity: 0.7 },
    markLine: {
      silent: true,
      symbol: 'none',
      label: { show: false },
      lineStyle: { color: 'var(--ink)', type: 'solid', width: 1 },
      data: [{ xAxis: 1 }],
    },
  };
}

function medians(rows: readonly Row[]) {
  return {
    type: 'scatter',
    symbol: 'diamond',
    symbolSize: 12,
    data: rows.map(({ ratios }, i) => [summarise(ratios).median, i]),
    itemStyle: { color: 'var(--median)' },
  };
}

function goals(rows: readonly Row[]) {
  return {
    type: 'scatter',
    symbol: 'rect',
    symbolSize: [3, BAND - 8],
    data: rows.flatMap(({ atLeast }, i) => (atLeast === undefined ? [] : [[atLeast, i]])),
    itemStyle: { color: 'var(--goal)' },
  };
}
