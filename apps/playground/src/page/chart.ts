import uPlot from 'uplot';

/** One curve of a chart. */
export interface Curve {
  readonly label: string;
  /** Name of the custom property that holds its colour. */
  readonly colour: string;
  readonly points: readonly { readonly step: number; readonly value: number | null }[];
  readonly style: 'strong' | 'faint' | 'earlier';
}

export interface Reference {
  readonly label: string;
  readonly value: number;
  readonly dash: readonly [number, number];
}

export interface ChartContent {
  readonly curves: readonly Curve[];
  readonly references: readonly Reference[];
}

const HEIGHT = 220;

/** A chart over steps. It is drawn anew when its curves change, and only fed when they merely grow. */
export class Chart {
  readonly #host: HTMLElement;
  #plot: uPlot | undefined;
  #shape = '';
  #content: ChartContent | undefined;

  constructor(host: HTMLElement) {
    this.#host = host;
    new ResizeObserver(() => {
      const width = host.clientWidth;
      if (this.#plot && width > 0 && width !== this.#plot.width)
        this.#plot.setSize({ width, height: HEIGHT });
    }).observe(host);
    const redraw = () => {
      this.#shape = '';
      if (this.#content) this.show(this.#content);
    };
    document.addEventListener('themechange', redraw);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  }

  show(content: ChartContent): void {
    this.#content = content;
    const { curves, references } = content;
    const shape = JSON.stringify([
      curves.map(({ label, colour, style }) => [label, colour, style]),
      references,
    ]);
    const data = align(curves, references);
    if (this.#plot && shape === this.#shape) {
      this.#plot.setData(data);
      return;
    }
    this.#shape = shape;
    this.#plot?.destroy();
    this.#host.replaceChildren();
    this.#plot = new uPlot(this.#options(content), data, this.#host);
  }

  #options({ curves, references }: ChartContent): uPlot.Options {
    const colours = getComputedStyle(document.documentElement);
    const colour = (name: string) => colourOf(this.#host, name);
    const axis: uPlot.Axis = {
      stroke: colour('--ink-soft'),
      font: `12px ${colours.fontFamily}`,
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { show: false },
    };
    return {
      width: Math.max(this.#host.clientWidth, 200),
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
      scales: {
        x: { time: false, range: (_, __, most) => [0, Math.max(most, 100)] },
        y: { range: paddedRange },
      },
      axes: [
        { ...axis, size: 28, values: (_, steps) => steps.map((step) => step.toLocaleString('en-US')) },
        { ...axis, size: 52 },
      ],
      series: [
        { label: 'step' },
        ...curves.map(({ label, colour: name, style }) => ({
          label,
          stroke: colour(name),
          width: style === 'strong' ? 2.25 : 1.25,
          alpha: style === 'strong' ? 1 : style === 'faint' ? 0.45 : 0.6,
          points: { show: false },
          spanGaps: true,
        })),
        ...references.map(({ label, dash }) => ({
          label,
          stroke: colour('--ink-soft'),
          width: 1,
          dash: [...dash],
          points: { show: false },
          spanGaps: true,
        })),
      ],
    };
  }
}

/** A little air above and below, and never a span so small that noise fills the chart. */
function paddedRange(_: uPlot, least: number | null, most: number | null): uPlot.Range.MinMax {
  const [low, high] = [least ?? 0, most ?? 1];
  const pad = Math.max((high - low) * 0.06, 0.002);
  return [low - pad, high + pad];
}

/** Curves of different steps over one axis: gaps are undefined, which are passed over. O(points · curves). */
function align(curves: readonly Curve[], references: readonly Reference[]): uPlot.AlignedData {
  const steps = [...new Set(curves.flatMap(({ points }) => points.map(({ step }) => step)))].sort(
    (a, b) => a - b,
  );
  const columns = curves.map(({ points }) => {
    const at = new Map(points.map(({ step, value }) => [step, value]));
    return steps.map((step) => at.get(step));
  });
  const flat = references.map(({ value }) => steps.map(() => value));
  return [steps, ...columns, ...flat] as uPlot.AlignedData;
}

/** The colour that a custom property stands for in the present light, which a canvas cannot tell by itself. */
function colourOf(host: HTMLElement, name: string): string {
  host.style.color = `var(${name})`;
  const { color } = getComputedStyle(host);
  host.style.removeProperty('color');
  return color;
}
