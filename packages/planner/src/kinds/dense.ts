import type { OptionGenerator } from '../option-generator.ts';

/** Every row stored: the one option that loses nothing. */
export const denseOptions: OptionGenerator = {
  kind: 'dense',
  candidates: () => [{ config: { kind: 'dense' }, loss: 0, explain: () => 'every row is stored' }],
};
