import type { Backend } from '@ttrec/backend';
import { normals } from '../../backend/index.ts';
import { TOLERANCE, type KindCase } from '../kind-case.ts';
import { Oracle } from '../oracle.ts';
import { fittedBag, preparedBag } from '../prepared-bag.ts';
import { requireNear, requireSame, requireThat } from '../require.ts';
import { isSmall, type TableUnderTest } from '../table-under-test.ts';

/** Both ends and some between, one twice, out of order. */
export function someIds({ numEmbeddings }: TableUnderTest): Uint32Array {
  const last = numEmbeddings - 1;
  return Uint32Array.of(last, 0, last, Math.floor(last / 3), Math.floor(last / 2));
}

async function checkRows(table: TableUnderTest, backend: Backend): Promise<void> {
  const bag = await preparedBag(table, backend);
  const dim = table.embeddingDim;
  const ids = someIds(table);
  const oracle = await Oracle.of(table, bag);
  const got = await bag.rows(ids);
  requireNear('rows', got, oracle.rows(ids), TOLERANCE);
  requireNear('row(last)', await bag.row(ids[0]!), got.subarray(0, dim), TOLERANCE);
  requireNear('read(last, N)', await bag.read(ids[0]!, table.numEmbeddings), got.subarray(0, dim), TOLERANCE);
  if (isSmall(table)) {
    const all = await bag.toDense();
    const want = ids.reduce((sum: number[], id) => [...sum, ...all.subarray(id * dim, (id + 1) * dim)], []);
    requireNear('rows, against toDense', got, want, TOLERANCE);
    const every = oracle.rows(Uint32Array.from({ length: table.numEmbeddings }, (_, id) => id));
    requireNear('toDense', all, every, TOLERANCE);
  }
  oracle.dispose();
  bag.dispose();
}

/** Where a reference is given: the oracle, which runs the table's own code, is what one would write down. */
async function checkReference(table: TableUnderTest, backend: Backend): Promise<void> {
  const { reference } = table;
  if (!reference) return;
  const bag = await preparedBag(table, backend);
  const ids = someIds(table);
  const oracle = await Oracle.of(table, bag);
  const want = Array.from(ids, (id) => Array.from(reference(oracle.values, id, oracle.hostTensors))).flat();
  // Factors that a table keeps in float32, 1/√k, are off by 6e-8.
  requireNear('rows in float64, against the reference', oracle.rows(ids), want, 1e-6);
  oracle.dispose();
  bag.dispose();
}

/** Rows that have nothing to share: the nearest that a kind finds is nearer than zeros, and the same each time. */
async function checkFit(table: TableUnderTest, backend: Backend): Promise<void> {
  if (!isSmall(table)) return;
  const rows = normals(table.numEmbeddings * table.embeddingDim, 'rows');
  const bag = await fittedBag(table, backend, rows);
  const fitted = await bag.toDense();
  const distance = Math.hypot(...fitted.map((value, at) => value - rows[at]!));
  const size = Math.hypot(...rows);
  requireThat(distance < size, {
    subject: 'distance of fromDense',
    rule: `must be below ${size}`,
    got: distance,
  });
  const again = await fittedBag(table, backend, rows);
  requireSame('fromDense, twice', await again.toDense(), fitted);
  for (const each of [bag, again]) each.dispose();
}

/** Rows of a table of the same config are found again, up to a decomposition in float64 of float32 rows. */
async function checkRefit(table: TableUnderTest, backend: Backend): Promise<void> {
  if (!isSmall(table) || table.refits === false) return;
  const bag = await preparedBag(table, backend);
  const rows = await bag.toDense();
  const again = await fittedBag(table, backend, rows);
  requireNear('fromDense of its own rows', await again.toDense(), rows, 10 * TOLERANCE);
  for (const each of [bag, again]) each.dispose();
}

export const rowCases: readonly KindCase[] = [
  { name: 'row, rows, read and toDense equal the reconstruction in float64', run: checkRows },
  { name: 'rows are what the reference writes down', run: checkReference },
  { name: 'fromDense comes near any rows, and to the same bits each time', run: checkFit },
  { name: 'fromDense finds its own rows again', run: checkRefit },
];
