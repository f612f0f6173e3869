import type { TableShape } from '@ttrec/backend';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { EmbeddingBag } from '@ttrec/embeddings';
import { rowTables } from '@ttrec/embeddings/configs';
import { expect, test } from 'vitest';
import { tableCases } from './table-cases.ts';

test.each(tableCases)('$name: what is told of its plain tables is what it allocates', async (table) => {
  const { config, numEmbeddings, embeddingDim } = table;
  const backend = createCpuBackend();
  const found: TableShape[] = [];
  const watching = {
    ...backend,
    createBuffer(spec: Parameters<typeof backend.createBuffer>[0]) {
      if (spec.table && !spec.label.endsWith('/state')) found.push(spec.table);
      else if (spec.table) expect(spec.table, 'the state of the table before').toEqual(found.at(-1));
      return backend.createBuffer(spec);
    },
  };
  const optimizer = { rule: 'adagrad' } as const;
  new EmbeddingBag({ backend: watching, table: config, numEmbeddings, embeddingDim, optimizer, seed: 1 });
  expect(rowTables(config, { numEmbeddings, embeddingDim })).toEqual(found);
  await backend.dispose();
});
