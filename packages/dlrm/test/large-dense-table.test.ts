import type { Backend } from '@ttrec/backend';
import { createNativeBackend, nativeBackendFactory } from '@ttrec/backend-native';
import { Dlrm, type LabelledBatch } from '@ttrec/dlrm';
import { RandomStream } from '@ttrec/core';
import { expect, test } from 'vitest';
import { modelOf } from './small-models.ts';

// `TTREC_LARGE_TABLE=25 npm run vitest -- large-dense-table` trains a DLRM with a dense table of 2^25 rows of 64 numbers, 8.6 GB, in as much memory.
const ROWS = 2 ** Number(process.env['TTREC_LARGE_TABLE'] ?? 12);
const DIM = 64;
const [STEPS, BATCH] = [20, 512];

const { available } = await nativeBackendFactory.availability();

/** Ids from all of the table, the last one among them, most of them once and some again. */
const stream = new RandomStream(3, 'large table');
const ids = Array.from({ length: STEPS }, () =>
  Uint32Array.from({ length: BATCH }, (_, b) =>
    b % 8 === 0 ? (ROWS - 1 - b) % ROWS : stream.nextInteger(ROWS),
  ),
);
const touched = Uint32Array.from(new Set(ids.flatMap((batch) => [...batch]))).sort();

function batch(step: number, indices: Uint32Array): LabelledBatch {
  const own = new RandomStream(4, `batch ${step}`);
  return {
    size: BATCH,
    dense: Float32Array.from({ length: BATCH * 3 }, () => own.nextUniform()),
    labels: Float32Array.from({ length: BATCH }, () => own.nextInteger(2)),
    features: [{ indices, offsets: Uint32Array.from({ length: BATCH + 1 }, (_, b) => b) }],
  };
}

function modelWith(
  backend: Backend,
  rows: number,
): {
  model: Dlrm;
  row(position: number): Promise<Float32Array>;
  table: Dlrm['parameters'][number]['weights'];
} {
  const model = new Dlrm({ backend, ...modelOf({ kind: 'dense' }, rows, { embeddingDim: DIM }) });
  const table = model.parameters.find(({ name }) => name.startsWith('table.'))!.weights;
  return { model, table, row: (position) => backend.read(table, position * DIM, DIM) };
}

test.skipIf(!available)(
  `a DLRM with a dense table of ${ROWS} rows trains to the bits of one that holds the rows of its batches alone`,
  async () => {
    await using backend = await createNativeBackend();
    const large = modelWith(backend, ROWS);
    const small = modelWith(backend, touched.length);
    for (const [position, id] of touched.entries())
      backend.write(small.table, await large.row(id), position * DIM);
    const before = await large.row(touched[0]!);
    const positionOf = new Map([...touched].map((id, position) => [id, position]));
    for (const [step, indices] of ids.entries()) {
      const want = await small.model.trainStep(
        batch(
          step,
          indices.map((id) => positionOf.get(id)!),
        ),
        { learningRate: 0.1 },
      );
      const got = await large.model.trainStep(batch(step, indices), { learningRate: 0.1 });
      expect(got).toEqual(want);
    }
    expect(await large.row(touched[0]!)).not.toEqual(before);
    for (const [position, id] of touched.entries())
      expect(await large.row(id), `row ${id}`).toEqual(await small.row(position));
  },
  900_000,
);
