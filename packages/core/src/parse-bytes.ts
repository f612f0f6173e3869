const units: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** What a text must be for `parseBytes`. */
export const bytesRule = `must be a number with one of the units B, kB, MB, GB, TB, KiB, MiB, GiB, TiB, of 1 to ${Number.MAX_SAFE_INTEGER} bytes`;

/**
 * Parses a size in bytes: `20MB` is 20·10^6, `20MiB` is 20·2^20, `2e6` and `2000000B` are 2,000,000. Case and a space before
 * the unit are ignored. A fraction of a byte is rounded down, so that a budget never grows.
 *
 * @returns undefined for what is no such size
 */
export function parseBytes(text: string): number | undefined {
  const size = typeof text === 'string' ? text : '';
  const parts = /^\s*(\d+(?:\.\d+)?(?:e\d+)?)\s*([a-z]*)\s*$/i.exec(size);
  const unit = parts === null ? undefined : units[parts[2]!.toLowerCase() || 'b'];
  // Rounded to 15 digits first: 1.1 kB is 1100 bytes, not 1100.0000000000002.
  const bytes = unit === undefined ? NaN : Math.floor(Number((Number(parts![1]) * unit).toPrecision(15)));
  return Number.isSafeInteger(bytes) && bytes >= 1 ? bytes : undefined;
}
