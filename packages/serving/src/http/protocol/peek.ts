import type { SentRequest } from '../models/request-model.ts';

/** What a queue has to know of a request that has not been read. */
export interface Peeked {
  /** The longest first extent of its tensors, or the number of its instances: about its rows. 1 for a request without any. */
  readonly rows: number;
  /** The `timeout` parameter, if it is valid. */
  readonly timeoutMs: number | undefined;
}

const latin1 = new TextDecoder('latin1');
const SHAPE = '"shape"';
const EXTENT = /\s*:\s*\[\s*(\d{1,9})/y;
const OBJECT = '{';

/** Looks into a request without parsing it. Whoever parses it finds what is wrong with it. O(bytes), a fraction of the time of parsing. */
export function peek({ protocol, body, headerLength }: SentRequest): Peeked {
  const json = latin1.decode(headerLength === undefined ? body : body.subarray(0, headerLength));
  if (protocol === 'predict')
    return { rows: Math.max(1, occurrences(json, OBJECT) - 1), timeoutMs: undefined };
  let rows = 1;
  for (let at = json.indexOf(SHAPE); at >= 0; at = json.indexOf(SHAPE, at + 1)) {
    EXTENT.lastIndex = at + SHAPE.length;
    rows = Math.max(rows, Number(EXTENT.exec(json)?.[1] ?? 0));
  }
  return { rows, timeoutMs: mayHaveTimeout(json) ? timeoutIn(json) : undefined };
}

function occurrences(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) count++;
  return count;
}

/** Whether a key may be `timeout`, which can also be written with escapes. */
function mayHaveTimeout(json: string): boolean {
  return json.includes('"timeout"') || json.includes('\\u00');
}

function timeoutIn(json: string): number | undefined {
  try {
    const { parameters } = JSON.parse(json) as { readonly parameters?: { readonly timeout?: unknown } };
    return timeoutOf(parameters?.timeout);
  } catch {
    return undefined;
  }
}

/** Milliseconds of a timeout in microseconds; undefined for none, and for what is not valid. */
function timeoutOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) / 1000 : undefined;
}
