import { printable, printableStart, SHOWN_VALUE } from './printable.ts';

/**
 * A value of any kind as a message shows it, printable and cut: numbers and words as they are, a string that could be taken
 * for another value in quotes (`"7"`, `"true"`, `""`), a bigint as `7n`, the rest as JSON.
 * Never throws, and looks at no more of a large value than it shows.
 */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return isAmbiguous(value) ? `"${printable(value)}"` : printable(value);
  if (typeof value === 'bigint') return `${printable(String(value))}n`;
  if (typeof value === 'number' || value === undefined) return String(value);
  // JSON has no text for these.
  if (typeof value === 'function' || typeof value === 'symbol') return typeof value;
  const { shown, isWhole } = printableStart(json(value), SHOWN_VALUE);
  return isWhole ? shown : `${shown}…`;
}

/** Whether a string, shown without quotes, reads as a value of another type, or hides its blanks. */
function isAmbiguous(text: string): boolean {
  if (/^\p{Zs}|\p{Zs}$/u.test(text) || text === '' || !Number.isNaN(Number(text.slice(0, SHOWN_VALUE))))
    return true;
  return ['true', 'false', 'null', 'undefined', 'NaN'].includes(text) || /^-?\d+n$/.test(text);
}

/** What every typed array is an instance of. */
const TypedArray = Object.getPrototypeOf(Uint8Array) as typeof Uint8Array;

/** JSON of the start of a value: each value left in takes a character or more, so that what is left out would be cut. */
function json(value: unknown): string {
  let values = 0;
  const startOf = (_: string, inner: unknown): unknown => {
    if (values++ > SHOWN_VALUE) return 0;
    if (typeof inner === 'bigint') return String(inner);
    if (typeof inner === 'string') return inner.slice(0, SHOWN_VALUE + 1);
    if (Array.isArray(inner)) return inner.slice(0, SHOWN_VALUE + 1);
    if (inner instanceof TypedArray) return Array.from(inner.subarray(0, SHOWN_VALUE + 1));
    return inner;
  };
  try {
    // Undefined where a `toJSON` returns undefined, whatever its declared type says.
    const text = JSON.stringify(value, startOf) as string | undefined;
    return text ?? typeof value;
  } catch {
    // A `toJSON` or a getter may throw.
    return Array.isArray(value) ? 'an array' : 'an object';
  }
}
