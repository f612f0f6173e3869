import type { OptionGenerator } from '../options/option-generator.ts';

/** Every row stored: the only option without loss. */
export const denseOptions: OptionGenerator = {
  kind: 'dense',
  candidates: () => [{ config: { kind: 'dense' }, loss: 0, explain: () => 'every row is stored' }],
};
