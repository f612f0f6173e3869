/** Most characters of a value that a message shows. */
export const SHOWN_VALUE = 200;

/** What a terminal obeys or hides: controls, line separators, bidirectional overrides, invisible marks, lone surrogates. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]|(?![\u200c\u200d])\p{Cf}/u;

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Text from outside (a cell, a column, a path, a value of a config) as a message, a table or a terminal may show it:
 * control characters, line separators, bidirectional overrides and other invisible characters are escaped (`\x1b`,
 * `\u202e`), and the text is cut to `limit` characters. What was cut says how long the text is: `aaa… (5000 characters)`. Done twice, it
 * changes nothing more.
 *
 * Letters of every script and emoji stay as they are, with the joiners (U+200C, U+200D) that these need. O(limit).
 */
export function printable(text: string, limit = SHOWN_VALUE): string {
  const { shown, isWhole } = printableStart(text, limit);
  if (isWhole) return shown;
  const length = `… (${text.length} characters)`;
  return printableStart(text, limit - length.length).shown + length;
}

/** As much of a text as fits into `limit` characters once it is escaped. */
export function printableStart(text: string, limit: number): { shown: string; isWhole: boolean } {
  let shown = '';
  let taken = 0;
  for (const character of text.slice(0, Math.max(0, limit))) {
    const next = unprintable.test(character) ? escape(character) : character;
    if (shown.length + next.length > limit) break;
    shown += next;
    taken += character.length;
  }
  return { shown, isWhole: taken === text.length };
}

function escape(character: string): string {
  const code = character.codePointAt(0)!;
  const hex = code.toString(16);
  if (code < 0x100) return short[character] ?? `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}
