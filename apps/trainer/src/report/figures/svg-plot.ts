import { LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent } from 'echarts/components';
import { init, use, type EChartsCoreOption } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { Markup } from '../page/html.ts';

use([LineChart, ScatterChart, GridComponent, MarkLineComponent, SVGRenderer]);

export interface PlotSize {
  readonly width: number;
  readonly height: number;
  /** For a phone: fewer ticks, shorter labels. */
  readonly narrow: boolean;
}

/** Options of a plot at one size. Colours are CSS variables, so that one SVG serves both themes. */
export type DrawPlot = (size: PlotSize) => EChartsCoreOption;

/** Renders without a DOM. `id` must be unique on the page: it prefixes the ids inside. */
export function svgPlot(id: string, option: EChartsCoreOption, { width, height }: PlotSize): Markup {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({ animation: false, textStyle: { fontFamily: 'inherit' }, ...option });
    return new Markup(stillPicture(id, chart.renderToSVGString({ useViewBox: true })));
  } finally {
    chart.dispose();
  }
}

/**
 * Takes out what echarts adds for the mouse, and its ids, which count up through the process: the same records give the
 * same page. Quotes inside text are entities, so the patterns meet attributes only.
 */
function stillPicture(id: string, svg: string): string {
  return svg
    .replace(/<style >[\s\S]*?<\/style>/, '')
    .replace(/ (?:class|pointer-events|ecmeta_\w+|xmlns:xlink|baseProfile)="[^"]*"/g, '')
    .replace(/(id="|="url\(#)zr\d+-/g, `$1${id}-`)
    .replace(/^<svg /, '<svg aria-hidden="true" ')
    .replace(/\n+/g, '\n')
    .trim();
}
