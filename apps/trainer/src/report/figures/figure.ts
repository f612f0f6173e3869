import { html, type Fragment, type Markup } from '../page/html.ts';
import { svgPlot, type DrawPlot, type PlotSize } from './svg-plot.ts';

export interface FigureParts {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  /** What is drawn, and how to read it. */
  readonly note: string;
  /** What the picture shows, for who cannot see it. */
  readonly alternative: string;
  readonly legend: Fragment;
  readonly draw: DrawPlot;
  readonly heights: { readonly wide: number; readonly narrow: number };
  /** The numbers behind the picture. */
  readonly values: Fragment;
}

const WIDE = 560;
const NARROW = 340;

/** A plot drawn twice, once for a desktop and once for a phone; the stylesheet shows the one that fits. */
export function figure({ id, title, note, alternative, legend, draw, heights, values }: FigureParts): Markup {
  const picture = (kind: 'wide' | 'narrow', size: PlotSize) =>
    html`<div class="${kind}" role="img" aria-label="${alternative}">
      ${svgPlot(`${id}-${kind}`, draw(size), size)}
    </div>`;
  return html`<figure id="${id}" aria-labelledby="${id}-title">
    <figcaption>
      <h3 id="${id}-title">${title}</h3>
      <p>${note}</p>
    </figcaption>
    ${legend} ${picture('wide', { width: WIDE, height: heights.wide, narrow: false })}
    ${picture('narrow', { width: NARROW, height: heights.narrow, narrow: true })} ${values}
  </figure>`;
}

/** In the place of a plot for which there are no records. */
export function emptyFigure(id: string, title: string, reason: string): Markup {
  return html`<figure id="${id}" aria-labelledby="${id}-title">
    <figcaption><h3 id="${id}-title">${title}</h3></figcaption>
    <p class="empty">${reason}</p>
  </figure>`;
}
