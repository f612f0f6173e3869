import type { LineFault } from '../../read/bad-lines.ts';
import { ruleOf } from './cells.ts';
import { COLUMNS, columnNames } from '../columns.ts';

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
