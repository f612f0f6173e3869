import { wholeBlock } from '../buffer.ts';
import type { TTBackwardArgs, UpdateArgs } from './kernel-definitions.ts';

/** The update of core k that a `ttBackward` asks for; undefined where it asks for none, or touches no slice. */
export function coreUpdate(
  { cores, levels, gradCores, update }: TTBackwardArgs,
  k: number,
): UpdateArgs | undefined {
  const { slices, sliceDigit } = levels[k]!;
  if (update === undefined || slices === 0) return undefined;
  const { states, ...shared } = update;
  const gradients = wholeBlock(gradCores[k]!, slices);
  return { ...shared, weights: cores[k]!, gradients, rows: sliceDigit, ...(states && { state: states[k] }) };
}

/** Runs the updates that a `ttBackward` asks for, core by core. */
export function updateCores(args: TTBackwardArgs, update: (args: UpdateArgs) => void): void {
  for (let k = 0; k < args.levels.length; k++) {
    const own = coreUpdate(args, k);
    if (own) update(own);
  }
}
