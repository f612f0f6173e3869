import type { CsvColumn, Role } from './csv.ts';

const LABEL_NAME =
  /^(label|click|clicked|is_?click|target|y|converted?|conversion|bought|purchase[d]?|clk)$/i;
/** Values that mean yes, in the order of preference. */
const POSITIVE = ['1', 'true', 'yes', 'y', 't', 'click', 'clicked', '1.0'];
const DECIMAL = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/;
/** An identifier rather than an amount. */
const ID_NAME =
  /(^|_|\b)(id|user|item|product|page|ad|site|app|device|category|cat|brand|city|country|code)s?($|_|\b)/i;
const EXAMPLES = 3;

/**
 * What the columns of a file may be, by their names and first values: the label has two values and, at best, a name that
 * says so; a number has decimals or many values; all else are ids. The visitor corrects it.
 */
export function guessRoles(header: readonly string[], records: readonly (readonly string[])[]): CsvColumn[] {
  const columns = header.map((name, at) => {
    const values = [...new Set(records.map((record) => record[at]!.trim()))].filter((value) => value !== '');
    return { name, values };
  });
  const binary = columns.filter(
    ({ values }) => values.length === 2 || (values.length === 1 && POSITIVE.includes(values[0]!)),
  );
  const label = columns.find(({ name }) => LABEL_NAME.test(name.trim())) ?? binary[0];
  return columns.map((column) => {
    const { name, values } = column;
    const role: Role = column === label ? 'label' : isAmount(name, values, records.length) ? 'number' : 'id';
    return { name, role, examples: values.slice(0, EXAMPLES), positive: positiveOf(values) };
  });
}

function positiveOf(values: readonly string[]): string {
  return POSITIVE.find((word) => values.some((value) => value.toLowerCase() === word)) === undefined
    ? ([...values].sort().at(-1) ?? '')
    : values.find((value) => POSITIVE.includes(value.toLowerCase()))!;
}

function isAmount(name: string, values: readonly string[], rows: number): boolean {
  if (values.length === 0 || !values.every((value) => DECIMAL.test(value))) return false;
  if (ID_NAME.test(name)) return false;
  return values.some((value) => /[.eE-]/.test(value)) || values.length > Math.max(12, rows / 10);
}
