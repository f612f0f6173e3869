import type { TableToPlan } from './option-generator.ts';
import { pricedOption, type TableOption } from './options.ts';

export interface ChosenOption {
  readonly table: TableToPlan;
  readonly weight: number;
  readonly option: TableOption;
}

interface Growth {
  readonly at: number;
  readonly option: TableOption;
  /** Loss saved, by weight. */
  readonly saved: number;
}

/**
 * Spends what a choice leaves of the budget: of all tables whose option can grow into it, the one that saves most does, as
 * often as there is one. Options lie a tenth apart; this is what lies between.
 */
export function spendRest(chosen: readonly ChosenOption[], budget: number): ChosenOption[] {
  const present = [...chosen];
  // Each round uses up what some table can take, so that every table comes to its turn at most once.
  for (let round = 0; round < chosen.length; round++) {
    const left = budget - present.reduce((sum, { option }) => sum + option.bytes, 0);
    const best = present
      .flatMap((one, at) => grown(one, at, left))
      .reduce<Growth | undefined>((a, b) => (a === undefined || b.saved > a.saved ? b : a), undefined);
    if (best === undefined) break;
    present[best.at] = { ...present[best.at]!, option: best.option };
  }
  return present;
}

function grown({ table, weight, option }: ChosenOption, at: number, left: number): Growth[] {
  const candidate = option.grow?.(option.bytes + left);
  if (candidate === undefined) return [];
  const larger = pricedOption(table, option.kind, candidate);
  const saved = weight * (option.loss - larger.loss);
  return saved > 0 && larger.bytes <= option.bytes + left ? [{ at, option: larger, saved }] : [];
}
