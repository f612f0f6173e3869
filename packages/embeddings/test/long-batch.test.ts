import { createCpuBackend } from '@ttrec/backend-cpu';
import { RandomStream } from '@ttrec/core';
import { EmbeddingBag, type TableConfig } from '@ttrec/embeddings';
import { expect, test } from 'vitest';

const rows = 5000;
const [bags, perBag, checked] = [10_000, 7, 50];

const tables: readonly TableConfig[] = [{ kind: 'dense' }, { kind: 'tt', ranks: 2 }];

// The long batch has more than 2^16 positions, uploaded array by array; those of the short one are uploaded in one piece.
test.each(tables)(
  '$kind: bags of a long batch have the rows that they have in a short one',
  async (table) => {
    await using backend = createCpuBackend();
    using bag = new EmbeddingBag({ backend, numEmbeddings: rows, embeddingDim: 4, table });
    const stream = new RandomStream(5, 'long batch');
    const indices = Uint32Array.from({ length: bags * perBag }, () => stream.nextInteger(rows));
    const offsets = Uint32Array.from({ length: bags + 1 }, (_, b) => perBag * b);
    const all = await backend.read(bag.forward({ indices, offsets }));
    for (const first of [0, bags - checked]) {
      const own = {
        indices: indices.slice(first * perBag, (first + checked) * perBag),
        offsets: offsets.slice(0, checked + 1),
      };
      expect(await backend.read(bag.forward(own))).toEqual(all.slice(4 * first, 4 * (first + checked)));
    }
  },
);
