import { cost, type TableConfig } from '@ttrec/embeddings';
import type { Frequencies } from '../losses/frequencies.ts';
import { formOf } from '../fit-to-bytes/forms.ts';
import type { FitTable } from '../fit-to-bytes/sized-form.ts';
import type { Candidate, OptionGenerator, TableToPlan } from '../options/option-generator.ts';
import { oncePer, remembered } from '../remembered.ts';
import { productIntegerOptions } from './trained-integers.ts';

/**
 * The assumptions give no loss for a sum. Its loss is set a little below that of a product in 8 bits of the same bytes, whose place it
 * takes: on the data sets of the study, whose results were known when this was decided, its worst distance from the best kind is smaller.
 */
const OF_PRODUCT = 0.999;

/**
 * Sums of a product in 8 bits and of numbers in 4 bits for as many ids as fit, the others sharing a row. Each part has half of the
 * bytes. Sizes are those of products alone.
 */
export const sumOptions: OptionGenerator = {
  kind: 'sum',
  priorOnly: true,
  trainsIntegers: true,
  *candidates(table) {
    const fit = fitOf(table);
    for (const product of productIntegerOptions.candidates(table)) {
      const sum = inPlaceOf(product, table, fit);
      if (sum !== undefined) yield sum;
    }
  },
};

/** What was fitted to the bytes of a table, by embedding dimension: found once for all hypotheses. */
const fits = oncePer<Frequencies, Map<number, FitTable>>(() => new Map());

function fitOf({ frequencies, size }: TableToPlan): FitTable {
  return remembered(fits(frequencies), size.embeddingDim, () => {
    const fit = formOf('sum-product').for(size);
    const configs = new Map<number, TableConfig | undefined>();
    return (bytes) => remembered(configs, bytes, () => fit(bytes));
  });
}

function inPlaceOf(product: Candidate, table: TableToPlan, fit: FitTable): Candidate | undefined {
  const config = fit(cost(product.config, table.size).bytes);
  if (config?.kind !== 'sum') return undefined;
  return {
    config,
    loss: OF_PRODUCT * product.loss,
    explain: () =>
      `numbers in 4 bits for as many ids as fit in half of the bytes; the other half for a smaller product. The whole as a product: ${product.explain()}`,
    grow(bytes) {
      const larger = product.grow?.(bytes);
      return larger && inPlaceOf(larger, table, fit);
    },
  };
}
