import type { LineFault } from '../read/bad-lines.ts';
import { COLUMNS, columnNames, INTEGERS } from './columns.ts';
import { MAX_DIGITS } from './parse-line.ts';

const integer = new RegExp(`^(-?[0-9]{1,${MAX_DIGITS}})?$`);
const category = /^([0-9a-fA-F]{8})?$/;

/** What keeps a line from being a row: the number of its fields, or the first field that is not what it must be. */
export function describeFault(text: string, file: string, line: number): LineFault {
  const fields = text.split('\t');
  if (fields.length !== COLUMNS) {
    const rule = `a line must have ${COLUMNS} tab-separated columns`;
    return { kind: 'wrong-column-count', file, line, rule, got: fields.length };
  }
  const at = fields.findIndex((field, column) => !ruleOf(column).pattern.test(field));
  if (at < 0) throw new Error(`${file}, line ${line}: refused by parseLine, yet without fault`);
  const column = `${at + 1} (${columnNames[at]!})`;
  return { kind: 'malformed-line', file, line, column, rule: ruleOf(at).words, got: fields[at]! };
}

function ruleOf(column: number): { readonly pattern: RegExp; readonly words: string } {
  if (column === 0) return { pattern: /^[01]$/, words: 'must be 0 or 1' };
  if (column <= INTEGERS)
    return { pattern: integer, words: `must be empty or an integer of at most ${MAX_DIGITS} digits` };
  return { pattern: category, words: 'must be empty or 8 hexadecimal digits' };
}
