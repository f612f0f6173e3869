/** What a column of a dropped file is used for. */
export type Role = 'label' | 'number' | 'id' | 'skip';

export const roles: readonly Role[] = ['label', 'number', 'id', 'skip'];

/** A column of a dropped file: what was seen in its first rows, and what it is taken for. */
export interface CsvColumn {
  readonly name: string;
  readonly role: Role;
  /** The first few different values. */
  readonly examples: readonly string[];
  /** Of a label: the value that counts as a click. */
  readonly positive: string;
}

/** What the visitor decided about a column. */
export interface ColumnRole {
  readonly name: string;
  readonly role: Role;
  readonly positive: string;
}
