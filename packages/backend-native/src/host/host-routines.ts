import type { HostRoutines } from '@ttrec/backend/driver';
import type { Addon } from '../addon.ts';
import { error } from '../error.ts';

/** Native code writes where it is told: arrays that are too short never reach it. */
export function hostRoutinesOf(addon: Addon): HostRoutines {
  return {
    group(values, n, into) {
      const [distinct, offsets, positions, groupOf, scratch] = into;
      requireRoom('group, values', values, n);
      for (const array of [distinct, positions, groupOf]) requireRoom('group, arrays', array, n);
      requireRoom('group, offsets', offsets, n + 1);
      requireRoom('group, scratch', scratch, 4 * n);
      return addon.group(values, n, ...into);
    },
    split(prefixes, factor, into) {
      const [digits, parents, childOffsets, above] = into;
      const n = prefixes.length;
      for (const array of [digits, parents, above]) requireRoom('split, arrays', array, n);
      requireRoom('split, childOffsets', childOffsets, n + 1);
      return addon.split(prefixes, n, factor, ...into);
    },
    groupDigits(digits, factor, into) {
      const [sliceDigit, sliceOffsets, sliceNodes, counts] = into;
      const n = digits.length;
      for (const array of [sliceDigit, counts]) requireRoom('groupDigits, arrays', array, factor);
      requireRoom('groupDigits, sliceOffsets', sliceOffsets, factor + 1);
      requireRoom('groupDigits, sliceNodes', sliceNodes, n);
      const slices = addon.groupDigits(digits, n, factor, ...into);
      if (slices >= 0) return slices;
      throw error('bad-operand', { subject: 'groupDigits, digits', rule: `must be below ${factor}` });
    },
  };
}

function requireRoom(subject: string, { length }: Uint32Array, least: number): void {
  if (length >= least) return;
  throw error('bad-operand', { subject, rule: `must have room for ${least} numbers`, got: length });
}
