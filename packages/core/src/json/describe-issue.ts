import { nearest } from '../errors/nearest.ts';

/** What a schema found wrong: an issue of zod. */
export interface SchemaIssue {
  readonly code?: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly input?: unknown;
  /** Of `invalid_type`. */
  readonly expected?: string;
  /** Of `unrecognized_keys`. */
  readonly keys?: readonly string[];
  /** Of `invalid_value`: what the value may be. */
  readonly values?: readonly unknown[];
  /** Of `invalid_union`: the issues of each branch, and the key that tells them apart with its values. */
  readonly errors?: readonly (readonly SchemaIssue[])[];
  readonly discriminator?: string | undefined;
  readonly options?: readonly unknown[];
  /** Of `too_small` and `too_big`. */
  readonly origin?: string;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly inclusive?: boolean | undefined;
  readonly exact?: boolean | undefined;
  /** Of `custom`. */
  readonly params?: Readonly<Record<string, unknown>> | undefined;
}

/** What a config must be where an issue was found, what it is, and what may have been meant. */
export interface Description {
  readonly rule: string;
  readonly got: unknown;
  readonly hint?: string | undefined;
}

/** Puts a schema's issue into a rule that begins with `must`. */
export function describeIssue(issue: SchemaIssue): Description {
  const got = gotOf(issue);
  const words = issue.code === 'invalid_union' ? unionWords(issue) : wordsOf(issue);
  const rule = got === undefined && issue.code !== 'custom' ? required(words) : words;
  const near = typeof got === 'string' ? nearest(got, choicesOf(issue)) : undefined;
  return {
    rule,
    got: got === undefined ? 'nothing' : got,
    hint: near && `Did you mean "${near}"?`,
  };
}

/** Of some values a schema says only that they may not be left out. */
function required(words: string): string {
  return words === 'must be nonoptional' ? 'is required' : `is required and ${words}`;
}

/** A discriminator's issue lies at the discriminator, but shows the object around it. */
function gotOf(issue: SchemaIssue): unknown {
  if (issue.code !== 'invalid_union' || issue.discriminator === undefined) return issue.input;
  return (issue.input as Record<string, unknown>)[issue.discriminator];
}

function choicesOf(issue: SchemaIssue): string[] {
  if (issue.code === 'invalid_value') return (issue.values ?? []).map(String);
  if (issue.code !== 'invalid_union') return [];
  return [...discriminators(issue).map(String), ...(issue.errors ?? []).flat().flatMap(choicesOf)];
}

/** What the discriminator may be; empty for a union without one. */
function discriminators(issue: SchemaIssue): readonly unknown[] {
  return issue.options ?? [];
}

/** Branches that all fail at the value itself are its alternatives. */
function unionWords(issue: SchemaIssue): string {
  const options = discriminators(issue);
  if (options.length > 0) return oneOf(options);
  const alternatives = (issue.errors ?? []).map((branch) => wordsOf(branch[0]!).replace(/^must be /, ''));
  return `must be ${[...new Set(alternatives)].join(', or ')}`;
}

function wordsOf(issue: SchemaIssue): string {
  if (issue.code === 'invalid_type') return `must be ${typeNames[issue.expected!] ?? issue.expected}`;
  if (issue.code === 'invalid_value') return oneOf(issue.values ?? []);
  if (issue.code === 'too_small') {
    return limit(issue, issue.inclusive === false ? 'above' : 'at least', Number(issue.minimum));
  }
  if (issue.code === 'too_big') {
    return limit(issue, issue.inclusive === false ? 'below' : 'at most', Number(issue.maximum));
  }
  return issue.message.replace(/^Invalid \w+: /, '');
}

const typeNames: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'an integer',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a string',
};

function oneOf(values: readonly unknown[]): string {
  const shown = values.map((value) => JSON.stringify(value)).join(', ');
  return values.length === 1 ? `must be ${shown}` : `must be one of ${shown}`;
}

function limit({ origin, exact }: SchemaIssue, comparison: string, bound: number): string {
  const count = `${exact === true ? 'exactly' : comparison} ${bound}`;
  if (origin === 'array') return `must have ${count} item${bound === 1 ? '' : 's'}`;
  if (origin === 'string') return `must have ${count} character${bound === 1 ? '' : 's'}`;
  return `must be ${comparison} ${bound}`;
}
