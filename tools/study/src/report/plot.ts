import { OWN_SIZE, type ComparisonResults } from '@ttrec/training/compare';
import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([LineChart, GridComponent, LegendComponent, MarkLineComponent, SVGRenderer]);

const SIZE = { width: 760, height: 440 };
const SYMBOLS = [
  'circle',
  'diamond',
  'triangle',
  'rect',
  'emptyCircle',
  'emptyDiamond',
  'emptyTriangle',
  'emptyRect',
];
/** Okabe and Ito's colours, of which each has enough contrast on white. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#7a6a00', '#56708f', '#333333', '#a04000'];

/** Mean test AUC against bytes, a line an arm, and that of dense tables as a level. An SVG on white. */
export function frontierPlot({ arms, name }: ComparisonResults): string {
  const scored = arms.flatMap(({ auc, ...result }) => (auc === null ? [] : [{ ...result, auc }]));
  const fitted = scored.filter(({ budget }) => budget !== OWN_SIZE);
  const names = [...new Set(fitted.map(({ arm }) => arm))];
  const dense = scored.find(({ arm }) => arm === 'dense');
  const values = [...fitted.map(({ auc }) => auc.mean), ...(dense ? [dense.auc.mean] : [])];
  const margin = 0.05 * (Math.max(...values) - Math.min(...values));
  const bytes = fitted.map((each) => each.bytes);
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...SIZE });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#ffffff',
      textStyle: { fontFamily: 'sans-serif' },
      color: COLOURS,
      legend: { data: names, bottom: 0, itemWidth: 32 },
      grid: { left: 60, right: 24, top: 28, bottom: 96 },
      xAxis: {
        type: 'log',
        name: `${name}: bytes of the embedding tables`,
        nameLocation: 'middle',
        nameGap: 28,
        min: 10 ** Math.floor(Math.log10(Math.min(...bytes))),
        max: 10 ** Math.ceil(Math.log10(Math.max(...bytes))),
      },
      yAxis: {
        type: 'value',
        name: 'test AUC',
        min: Math.min(...values) - margin,
        max: Math.max(...values) + margin,
        axisLabel: { formatter: (value: number) => value.toFixed(3) },
      },
      series: names.map((arm, i) => ({
        name: arm,
        type: 'line',
        symbol: SYMBOLS[i % SYMBOLS.length],
        symbolSize: 9,
        lineStyle: { type: i >= COLOURS.length ? 'dashed' : 'solid' },
        data: fitted
          .filter((each) => each.arm === arm)
          .sort((a, b) => a.bytes - b.bytes)
          .map((each) => [each.bytes, each.auc.mean]),
        ...(i === 0 && dense ? { markLine: level(dense.auc.mean) } : {}),
      })),
    });
    return `${stillPicture(chart.renderToSVGString())}\n`;
  } finally {
    chart.dispose();
  }
}

function level(value: number): object {
  return {
    symbol: 'none',
    precision: 12,
    data: [{ yAxis: value }],
    lineStyle: { color: '#666666', type: 'dotted' },
    label: { position: 'insideEndTop', formatter: () => `dense ${value.toFixed(4)}` },
  };
}

/** Without what echarts adds for the mouse: the same results give the same file. */
function stillPicture(svg: string): string {
  return svg
    .replace(/<style >[\s\S]*?<\/style>/, '')
    .replace(/ (?:class|pointer-events|ecmeta_\w+)="[^"]*"/g, '')
    .replace(/(id="|="url\(#)zr\d+-/g, '$1')
    .trim();
}
