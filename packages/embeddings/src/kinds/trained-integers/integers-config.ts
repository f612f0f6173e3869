import { tableOf, type ConfigSchema } from '../../table/config/config-schema.ts';
import type { DenseConfig } from '../dense.ts';
import type { TTConfig } from '../tt/tt-config.ts';
import type { IntegerBits } from './levels.ts';

/**
 * A table whose numbers are integers throughout training: no float numbers stand behind them. Rows of a dense table, with one
 * float32 step for all of them, or cores of a TT, in 8 bits, with a step a slice.
 */
export interface IntegersConfig {
  readonly kind: 'integers';
  /** 8 by default. */
  readonly bits?: IntegerBits;
  /** `{ kind: 'dense' }` by default. */
  readonly into?: DenseConfig | TTConfig;
  /**
   * The largest magnitude of a row's numbers, in learning rates: 8, 4 and 1.5 by default for 8, 4 and 2 bits. Of dense tables only; a
   * slice of a core reaches as far as its numbers do.
   */
  readonly range?: number;
}

declare module '@ttrec/embeddings/kind' {
  interface TableConfigs {
    integers: IntegersConfig;
  }
}

export const integerBits = { enum: [8, 4, 2] } as const;

export const integersSchema: ConfigSchema<IntegersConfig> = {
  properties: {
    bits: integerBits,
    into: { ...tableOf('dense', 'tt'), default: { kind: 'dense' } },
    range: { type: 'number', exclusiveMinimum: 0 },
  },
};

/** Adagrad moves a row by about its rate, so that a range of few rates leaves steps that are fine enough. */
export const defaultRange: { readonly [Bits in IntegerBits]: number } = { 8: 8, 4: 4, 2: 1.5 };
