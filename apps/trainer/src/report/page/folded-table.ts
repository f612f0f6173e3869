import { html, type Markup } from './html.ts';

/** A table behind a line that unfolds it; scrolls sideways where it is too wide, with the keyboard too. */
export function foldedTable(parts: {
  readonly summary: string;
  /** What a screen reader calls the scrolling region. */
  readonly label: string;
  /** Rows of the head. */
  readonly head: Markup;
  readonly rows: readonly Markup[];
}): Markup {
  const { summary, label, head, rows } = parts;
  return html`<details>
    <summary>${summary}</summary>
    <div class="scroll" role="region" tabindex="0" aria-label="${label}">
      <table>
        <thead>
          ${head}
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </details>`;
}
