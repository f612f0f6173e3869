import type { RandomStream } from './random-stream.ts';

/** Fills `out` with numbers uniform on [low, high), in order. Advances the stream by 2 words a number. */
export function fillUniform(out: Float32Array | Float64Array, stream: RandomStream, low = 0, high = 1): void {
  const width = high - low;
  for (let i = 0; i < out.length; i++) out[i] = low + width * stream.nextUniform();
}

/** Fills `out` with normal numbers, both halves of each Box-Muller pair. Advances by 4 words a started pair. */
export function fillNormal(
  out: Float32Array | Float64Array,
  stream: RandomStream,
  mean = 0,
  deviation = 1,
): void {
  for (let i = 0; i < out.length; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - stream.nextUniform()));
    const angle = 2 * Math.PI * stream.nextUniform();
    out[i] = mean + radius * Math.cos(angle);
    if (i + 1 < out.length) out[i + 1] = mean + radius * Math.sin(angle);
  }
}

/** A random order of 0 … length - 1 (Fisher and Yates, Durstenfeld's form). */
export function permutation(length: number, stream: RandomStream): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = stream.nextInteger(i + 1);
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
  return order;
}
