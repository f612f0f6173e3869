import { isTtrecError } from '@ttrec/core';
import { error } from '../error.ts';
import { QuoteFault } from './splitter.ts';

export interface CsvFile {
  readonly path: string;
  readonly delimiter: string;
  readonly quote: string;
}

const delimiters = [',', ';', '\t', '|', ':', ' '] as const;
/** Those that are rare in names of columns. */
const separators: readonly string[] = [',', ';', '\t', '|'];

/**
 * `data/wrong-delimiter`, if it explains an error about the header: another delimiter gives the missing column, or several columns where
 * the config's delimiter gives one. Undefined otherwise.
 *
 * @param start the text that the file starts with
 * @param cause the error that reading threw
 */
export function wrongDelimiter({ path, delimiter, quote }: CsvFile, start: string, cause: unknown) {
  const wanted = isTtrecError(cause, 'data/unknown-column') ? String(cause.parts.got) : undefined;
  if (wanted === undefined && !breaksQuotes(cause)) return undefined;
  const header = start.split(/\r?\n/, 1)[0]!;
  const columnsBy = (by: string) => header.split(by).map((name) => unquoted(name.trim(), quote));
  const others = delimiters.filter((other) => other !== delimiter);
  const isSingle = columnsBy(delimiter).length === 1;
  const right =
    others.find((other) => wanted !== undefined && columnsBy(other).includes(wanted)) ??
    others.find((other) => isSingle && separators.includes(other) && columnsBy(other).length > 1);
  if (right === undefined || columnsBy(right).length === 1) return undefined;
  return error('wrong-delimiter', {
    subject: `${path}, line 1`,
    rule: `columns must be separated by ${JSON.stringify(delimiter)}`,
    got: `${columnsBy(right).length} columns separated by ${JSON.stringify(right)}`,
    hint: `Set "delimiter": ${JSON.stringify(right)}.`,
    cause,
  });
}

/** True for text after a closing quote in the header, as a quoted name before another delimiter gives. */
function breaksQuotes(cause: unknown): boolean {
  return cause instanceof QuoteFault && cause.kind === 'closing' && cause.line === 1;
}

function unquoted(name: string, quote: string): string {
  return name.length > 1 && name.startsWith(quote) && name.endsWith(quote) ? name.slice(1, -1) : name;
}
