import { kindsWith } from '@ttrec/embeddings/configs';
import type { Backend } from '@ttrec/backend';
import { float64Operations } from '../float64-graph.ts';
import { TOLERANCE, type KindCase } from '../kind-case.ts';
import { preparedBag } from '../prepared-bag.ts';
import { requireNear } from '../require.ts';
import type { TableUnderTest } from '../table-under-test.ts';
import { someIds } from './rows.ts';

/** If a kind has `rows`: the graph that is exported computes the rows of the table, from the tensors that are saved. */
async function checkExport(table: TableUnderTest, backend: Backend): Promise<void> {
  const { config, kinds: own, numEmbeddings, embeddingDim } = table;
  const size = { numEmbeddings, embeddingDim };
  const kinds = kindsWith(own);
  if (!kinds.canExport(config, size)) return;
  const bag = await preparedBag(table, backend);
  const tensors = await Promise.all(
    bag.state().map(async ({ name, shape, data }) => ({ name, shape, data: await data() })),
  );
  const ids = someIds(table);
  const { data } = kinds.rows(float64Operations(tensors), {
    config,
    size,
    ids: { shape: [], data: Array.from(ids) },
    path: '',
  });
  requireNear('exported rows', data, await bag.rows(ids), TOLERANCE);
  bag.dispose();
}

export const exportCases: readonly KindCase[] = [
  { name: 'the graph that is exported computes the same rows', run: checkExport },
];
