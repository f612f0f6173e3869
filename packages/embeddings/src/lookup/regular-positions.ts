/** 0, k, 2k, …: [n]. */
export function multiples(n: number, k: number): Uint32Array {
  const out = new Uint32Array(n);
  for (let i = 1; i < n; i++) out[i] = i * k;
  return out;
}

/** Each of 0 … n - 1 k times in a row: [n·k]. */
export function repeats(n: number, k: number): Uint32Array {
  const out = new Uint32Array(n * k);
  for (let i = 0, at = 0; i < n; i++) for (let end = at + k; at < end; at++) out[at] = i;
  return out;
}

/** i, n + i, 2n + i, … of k terms for each i of 0 … n - 1: [n·k]. */
export function interleaved(n: number, k: number): Uint32Array {
  const out = new Uint32Array(n * k);
  for (let i = 0, at = 0; i < n; i++) for (let t = 0; t < k; t++, at++) out[at] = t * n + i;
  return out;
}
