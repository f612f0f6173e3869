import { createCpuBackend } from '@ttrec/backend-cpu';
import { loadTable, type TableFile } from '@ttrec/embeddings/compress';
import { expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';

const whole = {
  format: 'ttrec-table-1',
  name: 'item',
  config: '{"kind":"dense"}',
  numEmbeddings: '10',
  embeddingDim: '4',
};

test.each<[Record<string, string | undefined>, string, string]>([
  [{ format: 'pt' }, 'embeddings/not-a-table', 'must have format ttrec-table-1'],
  [{ name: undefined }, 'embeddings/not-a-table', 'the name and config of a table'],
  [
    { config: '{' },
    'embeddings/not-a-table',
    'config: must be JSON, got a syntax error: Expected property name',
  ],
  [{ config: 'null' }, 'embeddings/not-a-table', 'must be the config of a table, got null'],
  [
    { config: '{"kind":"dense","kind":"tt"}' },
    'embeddings/not-a-table',
    'config, kind: must have each key once, got "kind" twice.',
  ],
  [
    { config: '['.repeat(1e5) },
    'embeddings/not-a-table',
    'nest values at most 100 levels deep, got more levels.',
  ],
  [{ config: '{"kind":"dens"}' }, 'embeddings/unknown-kind', 'got dens'],
  [{ numEmbeddings: undefined }, 'embeddings/bad-size', 'numEmbeddings'],
  [{ numEmbeddings: '1e99' }, 'embeddings/bad-size', 'numEmbeddings'],
])('a table file with the metadata %j is refused', async (changed, code, words) => {
  // A field that is undefined is left out, as it is in JSON.
  const metadata = JSON.parse(JSON.stringify({ ...whole, ...changed })) as Record<string, string>;
  const file = {
    name: 'item.safetensors',
    metadata,
    tensors: new Map(),
    read: () => Promise.reject(new Error('read')),
  };
  const backend = createCpuBackend();
  await expect(loadTable(file as TableFile, { backend })).rejects.toThrow(refusal(code, words));
  expect(backend.memory().bytes).toBe(0);
});
