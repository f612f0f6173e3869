/** How many integer and categorical columns a Criteo line has after its label. */
export const INTEGERS = 13;
export const CATEGORIES = 26;
export const COLUMNS = 1 + INTEGERS + CATEGORIES;

export const integerNames: readonly string[] = Array.from({ length: INTEGERS }, (_, i) => `I${i + 1}`);
export const categoryNames: readonly string[] = Array.from({ length: CATEGORIES }, (_, i) => `C${i + 1}`);
/** Flags of missing integers, behind the integers. */
export const flagNames: readonly string[] = integerNames.map((name) => `${name}.missing`);
export const columnNames: readonly string[] = ['label', ...integerNames, ...categoryNames];
