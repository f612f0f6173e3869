import type { MakeError } from '../errors/check-options.ts';
import { JsonFault, parseJson, type ParseJsonOptions } from './parse-json.ts';

/**
 * `parseJson` whose faults are errors of a package: `run.json, line 4, model.seed: must have each key once, got "seed" twice`.
 * Bytes have to be UTF-8.
 *
 * @param error what `errorsOf` returns
 * @param subject what the text is: a file, a line of one
 * @throws `code`, as `error` builds it
 */
export function readJson(
  error: MakeError,
  code: string,
  subject: string,
  json: string | Uint8Array,
  options?: ParseJsonOptions,
): unknown {
  let text: string;
  try {
    text = typeof json === 'string' ? json : new TextDecoder('utf-8', { fatal: true }).decode(json);
  } catch (cause) {
    throw error(code, { subject, rule: 'must be JSON', got: 'bytes that are not UTF-8', cause });
  }
  try {
    return parseJson(text, options);
  } catch (cause) {
    if (!(cause instanceof JsonFault)) throw cause;
    throw error(code, { subject: placeOf(cause, subject, text), rule: cause.rule, got: cause.got, cause });
  }
}

/** A text of one line has no use for its number. */
function placeOf({ line, path }: JsonFault, subject: string, text: string): string {
  const number = /\n./s.test(text) ? `line ${line}` : '';
  return [subject, number, path].filter((part) => part !== '').join(', ');
}
