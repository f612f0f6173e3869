import { checkChoice } from '@ttrec/core/options';
import { instructionSets, type Addon, type InstructionSet } from './addon.ts';
import { error } from './error.ts';
import { loadAddon } from './load-addon.ts';

export const simdChoices = ['auto', ...instructionSets] as const;

/** An addon that is loaded, and one of its instruction sets. */
export interface FoundEngine {
  readonly addon: Addon;
  readonly engine: number;
  readonly name: string;
}

/** The instruction set, or why it cannot be had. Never throws. */
export function findEngine(simd: 'auto' | InstructionSet): FoundEngine | { readonly reason: string } {
  const loaded = loadAddon();
  if ('reason' in loaded) return loaded;
  const { addon } = loaded;
  const listed = addon.engines();
  const at = simd === 'auto' ? 0 : listed.indexOf(instructionSets.indexOf(simd));
  if (listed.length === 0) return { reason: 'the processor has neither AVX2 with FMA nor NEON' };
  if (at === -1) return { reason: `the processor, or the system, lacks ${simd}` };
  return { addon, engine: listed[at] as number, name: listed[at + 1] as string };
}

/** The same. @throws `backend-native/bad-option`, `backend-native/unavailable` */
export function engineFor(simd: 'auto' | InstructionSet): FoundEngine {
  checkChoice(error, 'bad-option', 'simd', simd, simdChoices);
  const found = findEngine(simd);
  if (!('reason' in found)) return found;
  throw error('unavailable', {
    subject: 'native engine',
    rule: 'must load on this machine',
    got: simd,
    hint: `Use another backend: ${found.reason}.`,
  });
}
