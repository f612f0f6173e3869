import { checkOptions } from '@ttrec/core/options';
import { cost, type TableConfig } from '@ttrec/embeddings';
import { error } from '../error.ts';
import { checkFeatures, type PlanFeature } from '../features.ts';
import { formOf } from './forms.ts';
import type { FitTable } from './sized-form.ts';

export interface FitToBytesOptions {
  /** D. */
  readonly embeddingDim: number;
  /** Of all tables together. */
  readonly bytes: number;
  /**
   * How bytes are split: each table gets them in proportion to N^split, the smallest tables no more than they take dense. 0.5
   * by default; 1 compresses all tables by the same factor.
   */
  readonly split?: number;
}

/** A table that was fitted. */
export interface FittedTable {
  readonly name: string;
  readonly numEmbeddings: number;
  readonly config: TableConfig;
  readonly bytes: number;
}

/**
 * Stores all tables of a model in one form, in as many of the bytes as it can take: each table as `formOf` says, those whose
 * dense form fits their share dense. More bytes never give fewer of them, in any table.
 *
 * Tables take turns with the bytes that are left, so that a model usually comes within 1 % of `bytes`. It is further away only if
 * all next steps are larger than that, such as a row of a hash when there are a hundred.
 *
 * @param form a name of `sizedForms` or `integerForms`, or a config of a kind that chooses its size
 * @throws `planner/unknown-form`, `planner/bad-budget`, `planner/bad-option`; `planner/budget-too-small`, with the smallest
 *   budget that can be met; what `checkFeatures` and `cost` throw
 */
export function fitToBytes(
  form: string | TableConfig,
  features: readonly PlanFeature[],
  options: FitToBytesOptions,
): FittedTable[] {
  const sized = formOf(form);
  checkFeatures(features);
  checkOptions(error, 'fitToBytes', options, { embeddingDim: 'any', bytes: 'any', split: 'any' });
  const { embeddingDim, bytes, split = 0.5 } = options;
  if (typeof embeddingDim !== 'number')
    throw error('bad-option', {
      subject: 'fitToBytes, embeddingDim',
      rule: 'must be a number',
      got: embeddingDim,
    });
  if (!Number.isSafeInteger(bytes) || bytes < 1)
    throw error('bad-budget', { subject: 'bytes', rule: 'must be an integer from 1', got: bytes });
  if (!(typeof split === 'number' && split >= 0 && split <= 2))
    throw error('bad-option', { subject: 'fitToBytes, split', rule: 'must be from 0 to 2', got: split });
  const tables = features.map(({ name, numEmbeddings }) => {
    const size = { numEmbeddings, embeddingDim };
    return new SizedTable(name, size, sized.for(size));
  });
  const smallest = sumOf(tables.map(({ smallest }) => smallest));
  if (smallest > bytes) {
    const rule = `must be at least ${smallest}, which the smallest tables of this form take`;
    throw error('budget-too-small', { subject: 'bytes', rule, got: bytes });
  }
  return filled(tables, largestWithin(tables, bytes, split), bytes);
}

/** One table, in any number of bytes. */
class SizedTable {
  readonly name: string;
  readonly numEmbeddings: number;
  readonly smallest: number;
  readonly denseBytes: number;
  /** Bisections come to the same bytes again and again. */
  readonly #fitted = new Map<number, FittedTable>();
  readonly #fit: FitTable;
  readonly #size: { readonly numEmbeddings: number; readonly embeddingDim: number };

  constructor(name: string, size: { numEmbeddings: number; embeddingDim: number }, fit: FitTable) {
    this.name = name;
    this.numEmbeddings = size.numEmbeddings;
    this.#size = size;
    this.#fit = fit;
    this.denseBytes = cost(dense, size).bytes;
    this.smallest = smallestOf(fit, this.denseBytes);
  }

  /** The largest that fits; the smallest if none does. */
  within(bytes: number): FittedTable {
    const { name, numEmbeddings, denseBytes } = this;
    const fits = Math.min(denseBytes, Math.max(bytes, this.smallest));
    const known = this.#fitted.get(fits);
    if (known !== undefined) return known;
    const config = fits === denseBytes ? dense : this.#fit(fits)!;
    const fitted = { name, numEmbeddings, config, bytes: cost(config, this.#size).bytes };
    this.#fitted.set(fits, fitted);
    return fitted;
  }
}

const dense = { kind: 'dense' } as const;

/** The fewest bytes that a form fits; those of the dense table if there are none below. */
function smallestOf(fit: FitTable, denseBytes: number): number {
  let [low, high] = [0, denseBytes];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fit(middle) === undefined) low = middle;
    else high = middle;
  }
  return high;
}

/** Halvings of the factor of all shares: more than a double tells apart. */
const STEPS = 60;

/** The tables at the largest factor of their shares at which all together fit. */
function largestWithin(tables: readonly SizedTable[], bytes: number, split: number): FittedTable[] {
  const at = (factor: number) =>
    tables.map((table) => table.within(Math.floor(factor * table.numEmbeddings ** split)));
  let [low, high] = [
    0,
    Math.max(...tables.map((table) => table.denseBytes / table.numEmbeddings ** split)) + 1,
  ];
  let best = at(0);
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    const fitted = at(middle);
    if (sumOf(fitted.map((table) => table.bytes)) <= bytes) [low, best] = [middle, fitted];
    else high = middle;
  }
  return best;
}

/** Gives the bytes that are left to the table that takes most of them, until none takes any. */
function filled(tables: readonly SizedTable[], start: FittedTable[], bytes: number): FittedTable[] {
  let fitted = start;
  for (;;) {
    const left = bytes - sumOf(fitted.map((table) => table.bytes));
    const grown = fitted.map((table, t) => tables[t]!.within(table.bytes + left));
    const gains = grown.map((table, t) => table.bytes - fitted[t]!.bytes);
    const most = Math.max(...gains);
    if (most <= 0) return fitted;
    const at = gains.indexOf(most);
    fitted = fitted.map((table, t) => (t === at ? grown[t]! : table));
  }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
