import { cost, type TableConfig } from '@ttrec/embeddings';
import { largestThatFits } from '../options/option-generator.ts';
import { bandsForm } from './bands-form.ts';
import { lowRankForm } from './low-rank-form.ts';
import { resizedForm, type SizedForm } from './sized-form.ts';
import { ttForm } from './tt-form.ts';

const integers = { kind: 'integers' } as const;

/** Own numbers in 4 bits. */
const ownNumbers = lowRankForm('low-rank-int4', 4);

/** The part of the bytes of a sum that its own numbers take. */
const OWN_SHARE = 0.5;

/** What ids share, and beside it own numbers in 4 bits; in fewer bytes than both take, what they share alone. */
function sumForm(name: string, sharedForm: SizedForm): SizedForm {
  return {
    name,
    for(size) {
      const [own, shared] = [ownNumbers.for(size), sharedForm.for(size)];
      const bytesOf = (config: TableConfig) => cost(config, size).bytes;
      return (bytes) => {
        const first = own(Math.floor(OWN_SHARE * bytes));
        const rest = first && shared(bytes - bytesOf(first));
        // What the sizes of the first part leave.
        const numbers = rest && own(bytes - bytesOf(rest));
        return rest && numbers ? { kind: 'sum', parts: [rest, numbers] } : shared(bytes);
      };
    },
  };
}

const productForm = resizedForm('product-int8', {
  kind: 'compositional',
  method: 'quotient-remainder',
  buckets: 1,
  combine: 'product',
  into: integers,
});

/** Rows in 8 bits for buckets of ids. */
const hashForm: SizedForm = {
  name: 'hash-int8',
  for: (size) => (bytes) => {
    const hashed = (buckets: number): TableConfig => ({ kind: 'hash', buckets, into: integers });
    const fits = (buckets: number) => cost(hashed(buckets), size).bytes <= bytes;
    return fits(1) ? hashed(largestThatFits(1, Math.max(1, size.numEmbeddings - 1), fits)) : undefined;
  },
};

/**
 * Forms whose numbers are integers in training too. Where every id has as many numbers as it can, more bytes are left unused: in
 * 8 bits from a quarter of the dense bytes on.
 */
export const integerForms: readonly SizedForm[] = [
  bandsForm,
  hashForm,
  productForm,
  resizedForm('tt-int8', { kind: 'integers', into: { kind: 'tt', ranks: 1 } }),
  lowRankForm('low-rank-int8', 8),
  ownNumbers,
  lowRankForm('limited-int8', 8, 4),
  lowRankForm('limited-int4', 4, 4),
  sumForm('sum', ttForm),
  sumForm('sum-product', productForm),
];
