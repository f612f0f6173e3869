import { counted } from '@ttrec/core';
import { cost, type TableSpec } from '@ttrec/embeddings';
import { resizedConfig } from '@ttrec/embeddings/configs';
import { error } from '../error.ts';

/**
 * Replaces each compressed table by one of its kind at the bytes that `other` spends on the table of that name.
 *
 * @throws `training/cannot-match-bytes`: a comparison at equal bytes that is not would be worse than none
 */
export function matchBytes(args: {
  readonly variant: string;
  readonly tables: readonly TableSpec[];
  readonly other: readonly TableSpec[];
  readonly embeddingDim: number;
}): TableSpec[] {
  const { variant, tables, other, embeddingDim } = args;
  return tables.map((table) => {
    const model = other.find(({ name }) => name === table.name);
    if (!model) return table;
    const { kinds } = table;
    const size = { numEmbeddings: table.numEmbeddings, embeddingDim };
    const { bytes } = cost(model.config, size, undefined, kinds);
    const config = resizedConfig(table.config, size, bytes, kinds);
    const smallest = cost(config, size, undefined, kinds).bytes;
    if (smallest <= bytes) return { ...table, config };
    throw error('cannot-match-bytes', {
      subject: `variant "${variant}", table "${table.name}"`,
      rule: `must fit the ${counted(bytes, 'byte')} of the variant it is compared with`,
      got: `${counted(smallest, 'byte')} at the least as "${table.config.kind}"`,
      hint: 'Choose another kind for it, or give the other variant more.',
    });
  });
}
