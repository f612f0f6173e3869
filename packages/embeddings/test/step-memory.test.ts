import { recordingBackend, singles, type RecordingBackend } from '@ttrec/testkit/backend';
import { EmbeddingBag, type OptimizerConfig, type TableConfig } from '@ttrec/embeddings';
import { describe, expect, test } from 'vitest';

const TEN_MILLION = 10_000_000;
const DIM = 2;
const optimizer: OptimizerConfig = { rule: 'adagrad' };

/** A dry backend: it holds no numbers, so that ten million rows fit every machine. */
function build(config: TableConfig, numEmbeddings: number) {
  const backend = recordingBackend();
  const bag = new EmbeddingBag({ backend, numEmbeddings, embeddingDim: DIM, table: config, optimizer });
  const bytesAtRest = backend.memory().bytes;
  backend.reset();
  const step = (ids: readonly number[]) => {
    bag.forward(singles(ids));
    bag.backward({ gradOut: new Float32Array(ids.length * DIM), learningRate: 0.1 });
  };
  return { backend, bag, bytesAtRest, step };
}

/** What a step made beyond the table: all buffers, and the most alive at one time. */
function stepBytes(backend: RecordingBackend, bytesAtRest: number) {
  const { allocatedBytes, peakBytes } = backend.recording();
  return { allocatedBytes, peakBytes: peakBytes - bytesAtRest };
}

const scattered = Array.from({ length: 128 }, (_, i) => (i * 77_777) % TEN_MILLION);

describe('memory of a training step on a dense table of ten million rows', () => {
  const large = build({ kind: 'dense' }, TEN_MILLION);
  large.step(scattered);
  const bytes = stepBytes(large.backend, large.bytesAtRest);

  test('is that of a table of 128 rows, byte for byte', () => {
    const small = build({ kind: 'dense' }, 128);
    small.step(Array.from({ length: 128 }, (_, i) => i));
    expect(stepBytes(small.backend, small.bytesAtRest)).toEqual(bytes);
  });

  test('is a few numbers a lookup: output, its gradient, the rows’ gradients, and positions', () => {
    // 3·D numbers and 6 positions a lookup, rounded up to powers of two: at most double.
    expect(bytes.peakBytes).toBeLessThanOrEqual(2 * 4 * 128 * (3 * DIM + 6));
    expect(bytes.peakBytes).toBeLessThan(large.bytesAtRest / 1000);
  });

  test('moves only the batch to the backend', () => {
    // Four position arrays of the rows, two of the bags, the output's gradient, and an end of each list of offsets.
    expect(large.backend.recording().writtenBytes).toBeLessThanOrEqual(4 * 128 * (6 + DIM) + 16);
  });
});

describe('memory of a training step on a tensor train of ten million rows', () => {
  const config = { kind: 'tt', ranks: 8 } as const;

  test('grows with the distinct rows, not with the lookups of the same row', () => {
    const peakOf = (ids: readonly number[]) => {
      const { backend, bytesAtRest, step } = build(config, TEN_MILLION);
      step(ids);
      return stepBytes(backend, bytesAtRest).peakBytes;
    };
    const one = peakOf([TEN_MILLION - 1]);
    const rows = peakOf(scattered);
    const repeated = peakOf(scattered.map(() => TEN_MILLION - 1));
    // Numbers, their gradients and slice gradients of 3 levels: at most (8 + 16 + 2) · 2 + (8 + 64 + 16) numbers a row.
    expect(rows).toBeLessThanOrEqual(128 * (one + 8));
    expect(rows).toBeGreaterThan(20 * one);
    // 128 lookups of one row: bags' output and gradient, and positions, a few numbers each.
    expect(repeated - one).toBeLessThanOrEqual(2 * 4 * 128 * (2 * DIM + 6));
  });

  test('is the same at a hundred million rows of the same factors of the row', () => {
    const wide = { ...config, rowShape: [250, 200, 200] };
    const wider = { ...config, rowShape: [2500, 200, 200] };
    const small = build(wide, TEN_MILLION);
    const large = build(wider, 10 * TEN_MILLION);
    small.step(scattered);
    large.step(scattered);
    expect(stepBytes(large.backend, large.bytesAtRest)).toEqual(stepBytes(small.backend, small.bytesAtRest));
    expect(large.bytesAtRest).toBeGreaterThan(small.bytesAtRest);
  });
});

describe.each([
  ['dense', { kind: 'dense' }],
  ['tt', { kind: 'tt', ranks: 8 }],
  ['hash to tt', { kind: 'hash', buckets: 100_000, into: { kind: 'tt', ranks: 8 } }],
] as const)('%s', (_, config) => {
  test('steady steps allocate nothing, and smaller batches neither', () => {
    const { backend, step } = build(config, 1_000_000);
    const ids = scattered.map((id) => id % 1_000_000);
    step(ids);
    backend.reset();
    step(ids.toReversed());
    step(ids.slice(0, 50));
    step(ids);
    expect(backend.recording()).toMatchObject({ allocations: 0, allocatedBytes: 0 });
  });

  test('dispose leaves no buffer', () => {
    const { backend, bag, step } = build(config, 1_000_000);
    step([1, 2, 3]);
    bag.dispose();
    expect(backend.memory()).toMatchObject({ buffers: 0, bytes: 0 });
  });
});
