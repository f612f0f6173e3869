/**
 * The most that a reader holds of one line, record or cell. A line of a gigabyte, or a small gzip file that unpacks to one, is an error and
 * does not fill the memory.
 */

/** Bytes of a line of a Criteo file. The longest valid line has 447. */
export const MAX_CRITEO_LINE = 65_536;

/** Characters of a CSV record, line breaks inside quotes included. */
export const MAX_CSV_RECORD = 16 * 1024 * 1024;

/** Characters of the header of a CSV file. */
export const MAX_CSV_HEADER = 1024 * 1024;

/** Characters of a cell of a CSV column in use. */
export const MAX_CSV_CELL = 1024 * 1024;

/** Bytes of a line of JSON. */
export const MAX_JSON_LINE = 16 * 1024 * 1024;

/** Distinct values of a vocabulary of strings, as many as a `Map` holds. */
export const MAX_VALUES = 2 ** 24;

/** Bytes of a line of an encoding file, unpacked. */
export const MAX_ENCODING_LINE = 16 * 1024 * 1024;

/** Bytes of an encoding file, unpacked. */
export const MAX_ENCODING_BYTES = 4 * 1024 ** 3;
