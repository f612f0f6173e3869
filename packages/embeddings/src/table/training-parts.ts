import { error } from '../error.ts';
import type { fillUniform } from '@ttrec/core';

/**
 * What only tables that train call. Tables that only score are created without it, so that a page does not load it. Kinds add what
 * they need, as to `TableConfigs`.
 */
export interface TrainingParts {
  /** Draws the values that parameters start with. */
  readonly fillUniform: typeof fillUniform;
}

/** What makes a table from rows. @throws `embeddings/inference-only` for a table that only scores */
export function fittingOf<Fitting>(training: { readonly fitting: () => Fitting } | undefined): Fitting {
  if (training) return training.fitting();
  const rule = 'must be created for training to be made from rows';
  throw error('inference-only', { subject: 'table', rule, got: 'one that only scores' });
}
