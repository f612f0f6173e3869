/** Types of a kernel's parameters: a float32 matrix, a whole number, a float32 number. */
export type ParameterType = 'matrix' | 'integer' | 'float';

/**
 * A kernel in gpu.js's subset of JavaScript, as text: what a bundler or a minifier makes of a function is not always in
 * the subset, and text they leave alone. `body` computes the element at row `this.thread.y` and column `this.thread.x`.
 *
 * Written for what all modes share: matrices indexed [row][column], every index below 2^24, `i += 1` in loops, no arrays
 * of its own. A parameter is a matrix of the device in every call, or one of the host in every call: for a mixture gpu.js
 * would compile twice. Whole numbers divide as `floor((a + 0.5) / b)`, which rounding cannot push over a whole number
 * while the quotient's terms stay below 2^20.
 */
export interface KernelSource {
  /** Unique: a kernel is compiled once a name. */
  readonly name: string;
  readonly parameters: Readonly<Record<string, ParameterType>>;
  readonly body: string;
}

/** The source as gpu.js takes it, for outputs whose rows are counted by `this.thread.y` or `this.thread.z`. */
export function sourceText({ parameters, body }: KernelSource, rowAxis: 'y' | 'z'): string {
  const text = `function (${Object.keys(parameters).join(', ')}) {${body}}`;
  return text.replaceAll('this.thread.y', `this.thread.${rowAxis}`);
}
