import { didYouMean } from '@ttrec/core';
import type { TableConfig, TableSize } from '@ttrec/embeddings';
import { error } from '../error.ts';
import { cachedForms } from './cached-forms.ts';
import { hotHashForm, hotTTForm, vocabularyForm } from './hot-forms.ts';
import { integerForms } from './integer-forms.ts';
import { lowRankForm } from './low-rank-form.ts';
import { resizedForm, within, type SizedForm } from './sized-form.ts';
import { hashTTForm, permutedTTForms, ttForm } from './tt-form.ts';

const dense = { kind: 'dense' } as const;

/** A row for a quotient times one for a remainder; with fewer rows than these take, the product of the rows of two hashes. */
const productForm: SizedForm = {
  name: 'product',
  for: (size) => {
    const quotients = resizedForm('product', {
      kind: 'compositional',
      method: 'quotient-remainder',
      buckets: 1,
      combine: 'product',
    }).for(size);
    return (bytes) => quotients(bytes) ?? twoHashes(size, bytes);
  },
};

function twoHashes(size: TableSize, bytes: number): TableConfig | undefined {
  const buckets = Math.floor(bytes / (8 * size.embeddingDim));
  return buckets < 1 ? undefined : { kind: 'compositional', method: 'hashes', buckets, combine: 'product' };
}

/** All rows, or nothing. */
const denseForm: SizedForm = {
  name: 'dense',
  for: (size) => (bytes) => within(dense, size, bytes),
};

/** The forms that tables can be fitted in. A new one is one more line. */
export const sizedForms: readonly SizedForm[] = [
  denseForm,
  vocabularyForm,
  ...cachedForms,
  resizedForm('hash', { kind: 'hash', buckets: 1, into: dense }),
  resizedForm('signed-hash', { kind: 'hash', buckets: 1, probes: 2, signs: true, into: dense }),
  productForm,
  lowRankForm('low-rank'),
  ttForm,
  ...permutedTTForms,
  hashTTForm,
  hotHashForm,
  hotTTForm,
];

/**
 * The form of that name, or that of a config whose kind chooses the size (`resizedConfig` of @ttrec/embeddings).
 *
 * @throws `planner/unknown-form`
 */
export function formOf(form: string | TableConfig): SizedForm {
  if (typeof form === 'object' && (form as unknown) !== null) return resizedForm(form.kind, form);
  const all = [...sizedForms, ...integerForms];
  const found = all.find(({ name }) => name === form);
  if (found) return found;
  const known = all.map(({ name }) => name);
  const rule = `must be one of ${known.join(', ')}, or the config of a table`;
  throw error('unknown-form', { subject: 'form', rule, got: form, hint: didYouMean(form, known) });
}
