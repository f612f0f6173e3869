import { didYouMean } from './nearest.ts';
import { typeName } from './type-name.ts';
import type { ErrorParts } from './ttrec-error.ts';

/** What `errorsOf` returns. */
export type MakeError = (rule: string, parts: ErrorParts) => Error;

/**
 * What an option may be: a list of words for an enumeration, a type, or `any` for a value that the function checks itself.
 * The type of the option decides, so that no enumeration and no flag can be left unchecked.
 */
export type OptionRule<Value> = [Value] extends [boolean]
  ? 'boolean'
  : [Value] extends [string]
    ? string extends Value
      ? 'string'
      : readonly Value[]
    : 'any';

export type RequiredRule<Rule> = Rule extends 'any' ? 'any' : { readonly required: Rule };

/** A rule for every option of a function. */
export type OptionRules<Options> = {
  readonly [Name in keyof Options]-?: object extends Pick<Options, Name>
    ? OptionRule<NonNullable<Options[Name]>>
    : RequiredRule<OptionRule<Options[Name]>>;
};

export type AnyRule = 'any' | 'boolean' | 'string' | readonly string[];

/** Rules of some options, for code that passes them on. */
export type AnyOptionRules = Readonly<Record<string, AnyRule | { readonly required: AnyRule }>>;

/**
 * Rejects unknown option names, with a suggestion, and values that are not among those of an enumeration. Callers in plain
 * JavaScript have no compiler to do so. An option that is undefined counts as left out.
 *
 * @param error what `errorsOf` returns
 * @param subject what takes the options: `EmbeddingBag`, `table kind "tt"`
 * @throws `bad-options` (not an object), `unknown-option`, `bad-option`
 */
export function checkOptions<Options extends object>(
  error: MakeError,
  subject: string,
  options: Options,
  rules: OptionRules<Options>,
): void {
  checkObject(error, 'bad-options', subject, options);
  const given = options as Readonly<Record<string, unknown>>;
  const known = rules as AnyOptionRules;
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(known, name)) throw unknownOption(error, subject, name, Object.keys(known));
  }
  // Prices of tables are checked by the thousand: nothing is allocated for a value that may be what it is.
  for (const name in known) {
    const rule = known[name]!;
    const value = given[name];
    if (typeof rule === 'object' && 'required' in rule)
      checkValue(error, `${subject}, ${name}`, value, rule.required);
    else if (value !== undefined && rule !== 'any') checkValue(error, `${subject}, ${name}`, value, rule);
  }
}

function checkValue(error: MakeError, subject: string, value: unknown, rule: AnyRule): void {
  if (typeof rule !== 'string') checkChoice(error, 'bad-option', subject, value, rule);
  else if (rule !== 'any' && typeof value !== rule) {
    const expected = rule === 'boolean' ? 'must be true or false' : 'must be a string';
    throw error('bad-option', { subject, rule: expected, got: value });
  }
}

/** Rejects what is not an object, or is a list. @throws `code`, as `error` builds it */
export function checkObject(error: MakeError, code: string, subject: string, got: unknown): void {
  if (typeof got === 'object' && got !== null && !Array.isArray(got)) return;
  throw error(code, { subject, rule: 'must be an object', got });
}

/**
 * Rejects an argument that lacks a member of what it has to be, for callers without a compiler: `must be a Dlrm, got null`.
 * The code is `bad-argument`.
 *
 * @param is what it has to be: `a Dlrm`
 * @param members names that it has
 */
export function checkArgument(
  error: MakeError,
  subject: string,
  got: unknown,
  is: string,
  ...members: readonly [string, ...string[]]
): void {
  const found = Object(got) as object;
  if (members.every((member) => member in found)) return;
  throw error('bad-argument', { subject, rule: `must be ${is}`, got: typeName(got) });
}

/** Rejects what is not a list. @throws `code`, as `error` builds it */
export function checkList(error: MakeError, code: string, subject: string, got: unknown): void {
  if (!Array.isArray(got)) throw error(code, { subject, rule: 'must be a list', got });
}

/**
 * Rejects a value that is not one of the choices, with a suggestion.
 *
 * @throws `code`, as `error` builds it
 */
export function checkChoice(
  error: MakeError,
  code: string,
  subject: string,
  got: unknown,
  choices: readonly string[],
): void {
  if (choices.includes(got as string)) return;
  const rule =
    choices.length === 0
      ? 'must be known, and nothing is'
      : `must be ${choices.length > 1 ? 'one of ' : ''}${choices.join(', ')}`;
  throw error(code, { subject, rule, got, hint: didYouMean(got, choices) });
}

function unknownOption(error: MakeError, subject: string, name: string, known: readonly string[]): Error {
  const rule = known.length > 0 ? `takes only ${known.join(', ')}` : 'takes no options';
  return error('unknown-option', { subject, rule, got: name, hint: didYouMean(name, known) });
}
