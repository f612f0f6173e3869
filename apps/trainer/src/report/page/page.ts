import { html, type Markup } from './html.ts';
import { STYLESHEET } from './stylesheet.ts';

/** A page without script or network, readable in light and in dark. */
export function page(parts: {
  readonly title: string;
  readonly header: Markup;
  readonly main: Markup;
}): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="data:," />
        <title>${parts.title}</title>
        <style>
          ${STYLESHEET}
        </style>
      </head>
      <body>
        <header>${parts.header}</header>
        <main>${parts.main}</main>
      </body>
    </html> `.text.trimEnd();
}
