import { createCpuBackend } from '@ttrec/backend-cpu';
import { EmbeddingBag } from '@ttrec/embeddings';
import { goldenCases, scaledError, type GoldenBag } from '@ttrec/golden';
import { readFbtt } from '@ttrec/interop';
import { describe, expect, test } from 'vitest';
import { fileOf, floats } from './tensor-file.ts';

/** Each row is a chain of at most three products in float32; 1e-5 of the largest value is some 80 roundings. */
const TOLERANCE = 1e-5;

describe.each(goldenCases<GoldenBag>('tt-embedding-bag'))('cores of FBTT, $name', (golden) => {
  const { rowShape, colShape, ranks, cores, numEmbeddings, embeddingDim, table } = golden;
  const sliceLength = (k: number) => ranks[k]! * colShape[k]! * ranks[k + 1]!;
  const unrelated = (length: number) => new Float32Array(length).fill(7);
  const forms = {
    'with the axis of tables': (k: number) =>
      floats(`tt_cores.${k}`, [1, rowShape[k]!, sliceLength(k)], cores[k]!),
    'without it': (k: number) => floats(`tt_cores.${k}`, [rowShape[k]!, sliceLength(k)], cores[k]!),
    'as the second of three tables': (k: number) => {
      const other = unrelated(cores[k]!.length);
      return floats(`tt_cores.${k}`, [3, rowShape[k]!, sliceLength(k)], [...other, ...cores[k]!, ...other]);
    },
  };

  test.each(Object.entries(forms))('%s, give the rows of the table', async (form, core) => {
    const file = await fileOf(cores.map((_, k) => core(k)));
    const index = form.startsWith('as the second') ? { table: 1 } : {};
    const read = await readFbtt(file, { colShape, numEmbeddings, ...index });
    expect(read.config).toEqual({ kind: 'tt', cores: cores.length, rowShape, colShape, ranks });
    // Computed in float64 and rounded once.
    expect(scaledError(await read.rows.read(0, numEmbeddings), table)).toBeLessThanOrEqual(2 ** -24);

    const backend = createCpuBackend();
    const bag = new EmbeddingBag({ backend, numEmbeddings, embeddingDim, table: read.config });
    bag.parameters.forEach(({ weights }, k) => backend.write(weights, read.cores[k]!));
    const all = Uint32Array.from({ length: numEmbeddings + 1 }, (_, id) => id);
    const { buffer } = bag.forward({ indices: all.subarray(0, -1), offsets: all });
    const rows = await backend.read(buffer, 0, numEmbeddings * embeddingDim);
    expect(scaledError(rows, table)).toBeLessThan(TOLERANCE);
  });

  test('shapes follow from the ranks, and from D alone where the inner ranks are equal', async () => {
    const file = await fileOf(cores.map((_, k) => forms['without it'](k)));
    const inner = ranks.slice(1, -1);
    expect((await readFbtt(file, { ranks: inner })).config).toMatchObject({ colShape, ranks });
    const equal = new Set(inner).size === 1;
    const byDim = readFbtt(file, { embeddingDim });
    if (equal) expect((await byDim).config).toMatchObject({ colShape, ranks });
    else await expect(byDim).rejects.toMatchObject({ code: 'interop/wrong-shape' });
  });
});
