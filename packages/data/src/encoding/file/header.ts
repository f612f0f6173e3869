import { ENCODING_VERSION, type CsvEncoding, type HashEncoding, type RowEncoding } from '../encoding.ts';
import type { Unseen } from '../../ids/unseen.ts';

/** Most values a line of the file: what a reader holds at a time beside the vocabularies themselves. */
export const VALUES_PER_LINE = 4096;
const MAX_ROWS = 4294967295;

/** A vocabulary without its values. */
export interface VocabularyHeader extends Unseen {
  readonly table: string;
  readonly kind: 'vocabulary';
  readonly size: number;
  readonly perLine?: number | undefined;
}

/** The first line of the file: an encoding without the values of its vocabularies. */
export type EncodingHeader = Pick<CsvEncoding, 'version' | 'baseRate'> & {
  readonly tables: readonly (HashEncoding | RowEncoding | VocabularyHeader)[];
} & (
    | { readonly format: 'criteo'; readonly missingFlags?: boolean | undefined }
    | ({ readonly format: 'csv' } & Pick<
        CsvEncoding,
        'logOddsShift' | 'heldOut' | 'naValues' | 'dense' | 'features'
      >)
  );

/** Where a value breaks a rule, such as `tables.0.size: must be an integer from 0`; undefined if it keeps all. */
type Rule = (value: unknown) => string | undefined;

/**
 * What is wrong with the header of an encoding, or undefined. Written by hand, for a page that scores has no room for a library of schemas.
 */
export function headerFault(header: unknown): string | undefined {
  const { format } = Object(header) as { readonly format?: unknown };
  const rules = typeof format === 'string' && Object.hasOwn(headers, format) && headers[format as 'csv'];
  if (!rules) return 'format: must be "csv" or "criteo"';
  return rules(header) ?? tableFault(header as EncodingHeader);
}

/** Each table has a name of its own, and each feature one of them. */
function tableFault({ tables, ...rest }: EncodingHeader): string | undefined {
  const names = new Set(tables.map(({ table }) => table));
  if (names.size < tables.length) return 'tables: must have different names';
  const { features = [] } = rest as Partial<Pick<CsvEncoding, 'features'>>;
  const lost = features.findIndex(({ table }) => !names.has(table));
  return lost < 0 ? undefined : `features.${lost}.table: must be the name of a table`;
}

const that =
  (rule: string, holds: (value: unknown) => boolean): Rule =>
  (value) =>
    holds(value) ? undefined : rule;

const numberThat = (rule: string, holds: (value: number) => boolean) =>
  that(rule, (value) => typeof value === 'number' && Number.isFinite(value) && holds(value));

const integer = (least: number, most: number) =>
  numberThat(
    `must be an integer from ${least} to ${most}`,
    (value) => Number.isInteger(value) && value >= least && value <= most,
  );

const oneOf = (...known: readonly unknown[]) =>
  that(`must be ${known.map((value) => JSON.stringify(value)).join(' or ')}`, (value) =>
    known.includes(value),
  );

const optional =
  (rule: Rule): Rule =>
  (value) =>
    value === undefined ? undefined : rule(value);

const at = (place: string | number, fault: string | undefined) =>
  fault && (/^[\w.]+: /.test(fault) ? `${place}.${fault}` : `${place}: ${fault}`);

const list =
  (rule: Rule): Rule =>
  (value) => {
    if (!Array.isArray(value)) return 'must be a list';
    for (const [i, element] of value.entries()) {
      const fault = at(i, rule(element));
      if (fault) return fault;
    }
    return undefined;
  };

const object =
  (rules: Readonly<Record<string, Rule>>): Rule =>
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'must be an object';
    const unknown = Object.keys(value).find((key) => !Object.hasOwn(rules, key));
    if (unknown !== undefined) return `must not have the key "${unknown}"`;
    for (const [key, rule] of Object.entries(rules)) {
      const fault = at(key, rule((value as Record<string, unknown>)[key]));
      if (fault) return fault;
    }
    return undefined;
  };

const text = that('must be a string', (value) => typeof value === 'string');
const number = numberThat('must be a number', () => true);
const timePart = oneOf('days', 'age', 'hour', 'weekday', 'day', 'month', 'year');
const share = numberThat('must be a number from 0 to 1', (value) => value >= 0 && value <= 1);
const hash = object({ table: text, kind: oneOf('hash'), buckets: integer(2, MAX_ROWS) });
const row = object({ table: text, kind: oneOf('row'), rows: integer(2, MAX_ROWS) });
const vocabulary = object({
  table: text,
  kind: oneOf('hash', 'vocabulary'),
  size: integer(0, MAX_ROWS - 1),
  perLine: optional(integer(1, VALUES_PER_LINE)),
  unseen: optional(oneOf('oov', 'hash', 'error')),
  unseenRows: optional(integer(1, MAX_ROWS)),
});

const common = {
  version: oneOf(ENCODING_VERSION),
  baseRate: numberThat('must be a number between 0 and 1', (value) => value > 0 && value < 1),
  tables: list((table) => {
    const { kind } = Object(table) as { kind?: unknown };
    return (kind === 'hash' ? hash : kind === 'row' ? row : vocabulary)(table);
  }),
};

const headers = {
  criteo: object({
    format: oneOf('criteo'),
    missingFlags: optional(oneOf(true, false)),
    ...common,
    tables: list((table) =>
      ((Object(table) as { kind?: unknown }).kind === 'hash' ? hash : vocabulary)(table),
    ),
  }),
  csv: object({
    format: oneOf('csv'),
    ...common,
    logOddsShift: optional(number),
    heldOut: optional(object({ validation: share, test: share })),
    naValues: optional(list(text)),
    dense: list(
      object({
        column: text,
        name: optional(text),
        time: optional(timePart),
        latest: optional(number),
        clip: optional(list(number)),
        transform: oneOf('none', 'log1p', 'standardise', 'quantile', 'missing'),
        boundaries: optional(list(number)),
        missing: number,
        statistics: optional(
          object({
            mean: number,
            deviation: numberThat('must be a number above 0', (value) => value > 0),
          }),
        ),
      }),
    ),
    features: list(
      object({
        name: text,
        column: text,
        table: text,
        separator: optional(text),
        weights: optional(text),
        time: optional(timePart),
        boundaries: optional(list(number)),
        cross: optional(text),
      }),
    ),
  }),
};
