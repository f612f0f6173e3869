/** A number, a space, and the unit that counts it. */
const QUANTITY =
  /(\d) (ns|µs|ms|s|min|h|B|kB|MB|GB|KiB|MiB|GiB|GFLOP\/s|MHz|GHz|%|million|billion)(?![\w/])/g;

/** The text with numbers and their units on one line: `5 ms` does not break. */
export function withUnits(text: string): string {
  return text.replaceAll(QUANTITY, '$1\u00A0$2');
}

/** Inline code in which a path may break after a slash, and a flag does not break after its dashes. Neither adds a character. */
export function withBreaks(html: string): string {
  return html
    .replaceAll(/(?<![<\s])\/(?=[\w.])/g, '/<wbr>')
    .replaceAll(/(?<=[\s>])--[\w-]+/g, '<span class="flag">$&</span>');
}
