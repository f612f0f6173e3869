import { typeName } from '../errors/type-name.ts';

/** How deep values may nest: no file of this project comes near it. */
const MAX_DEPTH = 100;

export type JsonFaultKind = 'syntax' | 'depth' | 'duplicate-key' | 'reserved-key';

/** What is wrong with a JSON text, and where. The message is the rule and the value that breaks it: `must …, got …`. */
export class JsonFault extends Error {
  override readonly name = 'JsonFault';
  readonly kind: JsonFaultKind;
  readonly rule: string;
  readonly got: string;
  /** From 1. */
  readonly line: number;
  /** The keys and positions that lead to the fault: `model.tables.byName.C3`. Empty at the whole, and for a syntax error. */
  readonly path: string;
  /** Of `duplicate-key` and `reserved-key`. */
  readonly key: string | undefined;

  constructor(
    kind: JsonFaultKind,
    [rule, got]: readonly [rule: string, got: string],
    place: { readonly line: number; readonly path: string; readonly key?: string | undefined },
  ) {
    super(`${rule}, got ${got}`);
    this.kind = kind;
    this.rule = rule;
    this.got = got;
    this.line = place.line;
    this.path = place.path;
    this.key = place.key;
  }
}

export interface ParseJsonOptions {
  /** Levels of values inside values; 100 by default. */
  readonly maxDepth?: number;
  /** Whether an object may have the key `__proto__`. */
  readonly allowProto?: boolean;
}

/**
 * Parses JSON as `JSON.parse` does, with or without a byte order mark, and rejects what `JSON.parse` would lose or make
 * dangerous: a key that one object has twice (only the last value would be kept), the key `__proto__` unless
 * `allowProto` is set (which objects made from the result drop), and values nested so deep that a recursive function
 * overflows the stack.
 *
 * @throws JsonFault
 */
export function parseJson(text: string, options: ParseJsonOptions = {}): unknown {
  if (typeof text !== 'string')
    throw new JsonFault('syntax', ['must be JSON', typeName(text)], { line: 1, path: '' });
  const { maxDepth = MAX_DEPTH, allowProto = false } = options;
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const fault = firstFault(json, maxDepth, allowProto);
  if (fault?.kind === 'depth') throw fault;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw syntaxFault(json, cause as SyntaxError);
  }
  if (fault !== undefined) throw fault;
  return value;
}

/** V8 names the position of some faults. Of the others it is where no token of JSON is, or the end. */
function syntaxFault(json: string, { message }: SyntaxError): JsonFault {
  const named = /at position (\d+)/.exec(message)?.[1];
  const position = named === undefined ? firstNoToken(json) : Number(named);
  const parts = ['must be JSON', `a syntax error: ${message}`] as const;
  return new JsonFault('syntax', parts, { line: lineAt(json, position), path: '' });
}

function firstNoToken(json: string): number {
  const token = /\s*(?:[{}[\],:]|"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|true|false|null)\s*/y;
  let at = 0;
  while (token.test(json)) at = token.lastIndex;
  return at;
}

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];

const RESERVED = ['must not use a key that JavaScript reserves', '"__proto__"'] as const;

/** An open object with its keys and the last of them, or an open array with a position. */
type Open = { readonly keys: Set<string>; at: string } | { readonly keys?: undefined; at: number };

/** One pass, without recursion. A fault that is found in text that is not JSON means nothing, but for the depth. */
function firstFault(json: string, maxDepth: number, allowProto: boolean): JsonFault | undefined {
  const open: Open[] = [];
  let first: JsonFault | undefined;
  const fault = (kind: JsonFaultKind, parts: readonly [string, string], at: number): JsonFault => {
    const keys = open.map((each) => String(each.at));
    return new JsonFault(kind, parts, { line: lineAt(json, at), path: keys.join('.'), key: keys.at(-1) });
  };
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      if (open.length === maxDepth) {
        const parts = [`must nest values at most ${maxDepth} levels deep`, 'more levels'] as const;
        return new JsonFault('depth', parts, { line: lineAt(json, i), path: '' });
      }
      open.push(code === OPEN_OBJECT ? { keys: new Set(), at: '' } : { at: 0 });
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) open.pop();
    else if (code === COMMA) {
      const inside = open.at(-1);
      if (inside !== undefined && inside.keys === undefined) inside.at++;
    } else if (code === QUOTE) {
      const end = endOfString(json, i);
      const inside = open.at(-1);
      if (inside?.keys !== undefined && json.charCodeAt(afterBlanks(json, end)) === COLON) {
        inside.at = unescaped(json.slice(i, end));
        if (inside.keys.has(inside.at)) {
          first ??= fault(
            'duplicate-key',
            ['must have each key once', `${JSON.stringify(inside.at)} twice`],
            i,
          );
        } else if (inside.at === '__proto__' && !allowProto) {
          first ??= fault('reserved-key', RESERVED, i);
        }
        inside.keys.add(inside.at);
      }
      i = end - 1;
    }
  }
  return first;
}

/** The place after the closing quote of the string that opens at `start`. */
function endOfString(json: string, start: number): number {
  let i = start + 1;
  while (i < json.length && json.charCodeAt(i) !== QUOTE) i += json.charCodeAt(i) === BACKSLASH ? 2 : 1;
  return i + 1;
}

function afterBlanks(json: string, start: number): number {
  let i = start;
  while (i < json.length && json.charCodeAt(i) <= 0x20) i++;
  return i;
}

function unescaped(string: string): string {
  if (!string.includes('\\')) return string.slice(1, -1);
  try {
    return JSON.parse(string) as string;
  } catch {
    return string;
  }
}

function lineAt(json: string, position: number): number {
  let line = 1;
  for (let at = json.indexOf('\n'); at >= 0 && at < position; at = json.indexOf('\n', at + 1)) line++;
  return line;
}
