import { RandomStream } from '@ttrec/core';
import type { Setting } from '@ttrec/training/compare';

/** The first is that of a comparison without tuning. */
const FIRST: readonly Setting[] = [
  { tableRate: 1, split: 0.5 },
  { tableRate: 3, split: 0.5 },
  { tableRate: 1 / 3, split: 0.5 },
  { tableRate: 1, split: 1 },
  { tableRate: 3, split: 1 },
  { tableRate: 1 / 3, split: 1 },
];

/** The settings that every arm tries at every budget: the same number for all, and the same ones. */
export function trialSettings(count: number): Setting[] {
  const stream = new RandomStream(1, 'trials');
  return Array.from(
    { length: count },
    (_, t) =>
      FIRST[t] ?? { tableRate: 10 ** (2 * stream.nextUniform() - 1), split: 1.2 * stream.nextUniform() },
  );
}
