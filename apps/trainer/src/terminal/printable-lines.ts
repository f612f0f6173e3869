import { printable } from '@ttrec/core';

/** Text of several lines, in which a terminal obeys nothing but the line ends. A line is cut to `limit` characters. */
export function printableLines(text: string, limit = Infinity): string {
  return text
    .split('\n')
    .map((line) => printable(line, limit))
    .join('\n');
}

/** The same for one line of JSON, as the JSON of the same value. */
export function printableJson(json: string): string {
  return json.replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, at) => {
      return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
    }).join(''),
  );
}
