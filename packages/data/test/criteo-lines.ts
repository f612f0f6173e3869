/** The fields of one made-up line: label, 13 integers, 26 categories. */
export function fieldsOf(overrides: Record<number, string> = {}): string[] {
  const fields = [
    '0',
    ...Array.from({ length: 13 }, (_, i) => String(i)),
    ...Array.from({ length: 26 }, (_, c) => hex(c)),
  ];
  for (const [at, value] of Object.entries(overrides)) fields[Number(at)] = value;
  return fields;
}

export function lineOf(overrides: Record<number, string> = {}): string {
  return fieldsOf(overrides).join('\t');
}

export function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}

/** Where a column is in the line. */
export const LABEL = 0;
export const I1 = 1;
export const C1 = 14;
export const C26 = 39;
