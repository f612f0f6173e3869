import { checkArgument } from '../errors/check-options.ts';
import { error, uniformOf, type RandomStream } from './random-stream.ts';

/** Words drawn at a time: a multiple of what a pair of normal numbers takes. */
const WORDS = 4096;

/** Fills `out` with numbers uniform on [low, high), in order. Advances the stream by 2 words a number. */
export function fillUniform(out: Float32Array | Float64Array, stream: RandomStream, low = 0, high = 1): void {
  checkFill('fillUniform', out, stream);
  const width = high - low;
  forWords(2 * out.length, stream, (words, start) => {
    let at = start / 2;
    for (let w = 0; w < words.length; w += 2) out[at++] = low + width * uniformOf(words[w]!, words[w + 1]!);
  });
}

/** Fills `out` with normal numbers, both halves of each Box-Muller pair. Advances by 4 words a started pair. */
export function fillNormal(
  out: Float32Array | Float64Array,
  stream: RandomStream,
  mean = 0,
  deviation = 1,
): void {
  checkFill('fillNormal', out, stream);
  forWords(4 * Math.ceil(out.length / 2), stream, (words, start) => {
    normalsOf(words, out.subarray(start / 2, (start + words.length) / 2), mean, deviation);
  });
}

/** Fills `out` with the normal numbers that `fillNormal` makes of `words` from `first` on, 4 words for each started pair. Allocates nothing. */
export function normalsOf(
  words: Uint32Array,
  out: Float32Array | Float64Array,
  mean = 0,
  deviation = 1,
  first = 0,
): void {
  for (let at = 0, w = first; at < out.length; at += 2, w += 4) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - uniformOf(words[w]!, words[w + 1]!)));
    const angle = 2 * Math.PI * uniformOf(words[w + 2]!, words[w + 3]!);
    out[at] = mean + radius * Math.cos(angle);
    // The second half of the last pair of an odd length falls off the end.
    out[at + 1] = mean + radius * Math.sin(angle);
  }
}

/** @throws `core/bad-argument` */
function checkFill(name: string, out: Float32Array | Float64Array, stream: RandomStream): void {
  checkArgument(error, `${name}, out`, out, 'a Float32Array or a Float64Array', 'length', 'subarray');
  checkArgument(error, `${name}, stream`, stream, 'a RandomStream', 'nextWords');
}

/** Kept, for rows of a few numbers are filled one by one. */
const kept = new Uint32Array(WORDS);

/** Calls `use` with the next `count` words of the stream, some at a time, and where among them they start. */
function forWords(
  count: number,
  stream: RandomStream,
  use: (words: Uint32Array, start: number) => void,
): void {
  for (let start = 0; start < count; start += WORDS) {
    const words = kept.subarray(0, Math.min(WORDS, count - start));
    stream.nextWords(words);
    use(words, start);
  }
}

/** A random order of 0 … length - 1 (Fisher and Yates, Durstenfeld's form). @throws `core/bad-argument` */
export function permutation(length: number, stream: RandomStream): Uint32Array {
  if (!Number.isInteger(length) || length < 0 || length >= 2 ** 32) {
    const rule = 'must be an integer from 0 to 4294967295';
    throw error('bad-argument', { subject: 'permutation, length', rule, got: length });
  }
  checkArgument(error, 'permutation, stream', stream, 'a RandomStream', 'nextInteger');
  const order = Uint32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = stream.nextInteger(i + 1);
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
  return order;
}
