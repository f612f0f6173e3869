import { InvalidArgumentError } from '@commander-js/extra-typings';
import { bytes as parseByteText, list } from '../options/values.ts';

/** Bytes of all embedding tables, or the factor by which they are fewer than those of dense ones. */
export interface Budget {
  /** As it was asked for: `16x`, `2MB`. */
  readonly label: string;
  readonly ratio?: number | undefined;
  readonly bytes?: number | undefined;
}

/** Smaller numbers without a unit are taken for a forgotten `x` or `kB`. */
const LEAST_BYTES = 10_000;

/** `4x,16x,2MB` */
export function parseBudgets(text: string): Budget[] {
  const budgets = list(text).map((label): Budget => {
    const ratio = /^(\d+(?:\.\d+)?)x$/.exec(label)?.[1];
    if (isBare(label)) {
      throw new InvalidArgumentError(
        `"${label}" needs a unit: ${label}x for a factor of the dense bytes, ${label}kB for a size.`,
      );
    }
    if (ratio === undefined) return { label, bytes: parseByteText(label) };
    if (Number(ratio) >= 1) return { label, ratio: Number(ratio) };
    throw new InvalidArgumentError('A factor must be at least 1x.');
  });
  const labels = budgets.map(({ label }) => label);
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  if (twice !== undefined) throw new InvalidArgumentError(`"${twice}" is there twice.`);
  return budgets;
}

/** Whether a number without a unit is too small to be meant as bytes. */
function isBare(label: string): boolean {
  return /^\d+(?:\.\d+)?$/.test(label) && Number(label) < LEAST_BYTES;
}

export function bytesOf({ ratio, bytes }: Budget, denseBytes: number): number {
  return bytes ?? Math.floor(denseBytes / ratio!);
}
