/** Text that is HTML already; everything else that enters a template is escaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Fragment = Markup | string | number | readonly Fragment[];

/** A template whose values are escaped, in text and in quoted attributes alike. Arrays are joined. */
export function html(parts: TemplateStringsArray, ...values: Fragment[]): Markup {
  return new Markup(parts.map((part, i) => (i === 0 ? part : render(values[i - 1]!) + part)).join(''));
}

export const nothing = new Markup('');

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function render(value: Fragment): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(render).join('');
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
