import { html, nothing, type Markup } from './html.ts';

/** How a run is drawn, wherever it is drawn. Told apart by colour, by dash and by symbol: any one is enough. */
export interface RunStyle {
  /** A CSS variable, set by the stylesheet for light and for dark. */
  readonly colour: string;
  readonly dash: readonly number[];
  readonly symbol: RunSymbol;
}

interface RunSymbol {
  /** SVG path data around (0, 0). */
  readonly path: string;
  /** Extent of `path`; chosen so that all symbols weigh the same to the eye. */
  readonly size: number;
}

/**
 * Variants of Okabe and Ito's colours, moved apart for each theme: any two differ by 0.09 or more in OKLab, also as
 * seen with protanopia, deuteranopia and tritanopia, and each has a contrast of 3 or more with its background.
 */
export const RUN_COLOURS = {
  light: ['#134cd2', '#fe4c00', '#089e97', '#832a73', '#6b5d1e', '#373a3f'],
  dark: ['#41bfff', '#ff5d2f', '#1ba977', '#ff82c1', '#ddc94f', '#ccdcd6'],
} as const;

/** Colours, dashes and symbols differ in number, so that the combination repeats only after 210 runs. */
const DASHES = [[], [9, 4], [2.5, 3], [9, 3, 2.5, 3], [14, 4]] as const;

const SYMBOLS: readonly RunSymbol[] = [
  { path: 'M-4.5 0A4.5 4.5 0 1 0 4.5 0A4.5 4.5 0 1 0 -4.5 0Z', size: 9 },
  { path: 'M0 -5.75L5.75 0L0 5.75L-5.75 0Z', size: 11.5 },
  { path: 'M0 -5.5L5.75 4.5L-5.75 4.5Z', size: 11.5 },
  { path: 'M-4 -4L4 -4L4 4L-4 4Z', size: 8 },
  { path: 'M0 5.5L5.75 -4.5L-5.75 -4.5Z', size: 11.5 },
  {
    path: 'M-1.75 -5.5L1.75 -5.5L1.75 -1.75L5.5 -1.75L5.5 1.75L1.75 1.75L1.75 5.5L-1.75 5.5L-1.75 1.75L-5.5 1.75L-5.5 -1.75L-1.75 -1.75Z',
    size: 11,
  },
  { path: 'M0 -5.25L5 -1.6L3.1 4.25L-3.1 4.25L-5 -1.6Z', size: 10 },
];

export function runStyle(index: number): RunStyle {
  return {
    colour: `var(--run-${index % RUN_COLOURS.light.length})`,
    dash: DASHES[index % DASHES.length]!,
    symbol: SYMBOLS[index % SYMBOLS.length]!,
  };
}

/** The run's symbol as options of a series; `scale` 1 is its size beside a name. */
export function symbolOptions({ colour, symbol }: RunStyle, scale: number): object {
  return {
    symbol: `path://${symbol.path}`,
    symbolKeepAspect: true,
    symbolSize: symbol.size * scale,
    clip: false,
    // The border parts a symbol from what it lies on.
    itemStyle: { color: colour, opacity: 1, borderColor: 'var(--surface)', borderWidth: 1 },
  };
}

/** The run's line and symbol, small, beside its name. */
export function swatch({ colour, dash, symbol }: RunStyle): Markup {
  return html`<svg class="swatch" viewBox="0 0 36 14" width="36" height="14" aria-hidden="true">
    <path d="M0 7H36" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash.join(' ')}" />
    <path d="${symbol.path}" transform="translate(18 7)" fill="${colour}" stroke="var(--surface)" />
  </svg>`;
}

/** The names of the runs beside how they are drawn. A single run needs none. */
export function legend(names: readonly string[]): Markup {
  if (names.length < 2) return nothing;
  const items = names.map((name, i) => html`<li>${swatch(runStyle(i))} ${name}</li>`);
  return html`<ul class="legend">
    ${items}
  </ul>`;
}
