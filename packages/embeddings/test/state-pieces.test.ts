import { createCpuBackend } from '@ttrec/backend-cpu';
import { EmbeddingBag, type StateReader, type StateTensor } from '@ttrec/embeddings';
import { pieceSpans } from '@ttrec/embeddings/model';
import { refusal } from '@ttrec/test-support';
import { recordingBackend } from '@ttrec/testkit/backend';
import { expect, test } from 'vitest';

/** Of numbers, as `pieceSpans` cuts them. */
const PIECE = 2 ** 22;
/** Two pieces and a bit. */
const [ROWS, COLS] = [2 ** 19 + 5, 16];

const table = { numEmbeddings: ROWS, embeddingDim: COLS, table: { kind: 'dense' } } as const;

test('pieces are rows without gaps, none of them larger than it must be', () => {
  for (const shape of [[ROWS, COLS], [3, PIECE + 1], [7], [PIECE * 2 + 1], [0, 4]]) {
    const spans = pieceSpans(shape);
    expect(spans.map(([, end]) => end).slice(0, -1)).toEqual(spans.slice(1).map(([start]) => start));
    expect([spans[0]?.[0] ?? 0, spans.at(-1)?.[1] ?? 0]).toEqual([0, shape[0]]);
  }
});

test('a large table is read and loaded in pieces, with the numbers that it has', async () => {
  const backend = recordingBackend(createCpuBackend());
  const [from, to] = [1, 2].map((seed) => new EmbeddingBag({ ...table, backend, seed })) as [
    EmbeddingBag,
    EmbeddingBag,
  ];
  const numbersOf = (bag: EmbeddingBag) => bag.state()[0]!.data() as Promise<Float32Array>;
  const [{ name, dtype, shape, rows }] = from.state() as [StateTensor];
  const whole = await numbersOf(from);
  const pieces = pieceSpans(shape);
  expect(pieces.length).toBe(3);
  for (const [start, end] of pieces) {
    backend.reset();
    expect(isSame(await rows!.read(start, end), whole.subarray(start * COLS, end * COLS))).toBe(true);
    expect(backend.recording().readBytes).toBeLessThanOrEqual(4 * PIECE);
  }
  const reads: number[] = [];
  const readerOf = (values: Float32Array): StateReader => ({
    name: 'file',
    tensors: new Map([[name, { dtype, shape }]]),
    read: () => Promise.reject(new Error('read whole')),
    async readRows(_, begin, end) {
      reads.push((end - begin) * COLS);
      return values.slice(begin * COLS, end * COLS);
    },
  });
  await to.loadState(readerOf(whole));
  expect(isSame(await numbersOf(to), whole)).toBe(true);
  // Checked, then written.
  expect(reads.length).toBe(2 * pieces.length);
  expect(Math.max(...reads)).toBeLessThanOrEqual(PIECE);
  const broken = whole.slice().fill(7);
  broken[broken.length - 1] = NaN;
  await expect(to.loadState(readerOf(broken))).rejects.toEqual(
    refusal(
      'embeddings/bad-state',
      `file, from row ${pieces[2]![0]}, tensor "weight": must hold finite numbers`,
    ),
  );
  expect(isSame(await numbersOf(to), whole)).toBe(true);
  await backend.dispose();
});

/** Bit for bit. */
function isSame(a: Float32Array, b: Float32Array): boolean {
  const [one, other] = [a, b].map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  );
  return one!.equals(other!);
}
