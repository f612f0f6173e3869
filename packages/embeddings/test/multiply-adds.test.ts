import { bagsOf, naiveDigits, recordingBackend, singles } from '@ttrec/testkit/backend';
import { cost, EmbeddingBag } from '@ttrec/embeddings';
import { colShape, rowShape } from '@ttrec/tensor-train/shapes';
import { RandomStream } from '@ttrec/core';
import { describe, expect, test } from 'vitest';

const size = { numEmbeddings: 10_131_227, embeddingDim: 16 };
const layouts = [
  { cores: 2, ranks: [1, 8, 1] },
  { cores: 3, ranks: [1, 16, 32, 1] },
  { cores: 4, ranks: [1, 4, 8, 2, 1] },
];

/** A level k ≥ 1 costs one product [Q_{k-1}, r_k] · [r_k, q_k·r_{k+1}] for each distinct prefix of k + 1 digits. */
function trieFormula(ids: readonly number[], { cores, ranks }: (typeof layouts)[number]): number {
  const rows = rowShape(size.numEmbeddings, cores);
  const cols = colShape(size.embeddingDim, cores);
  let total = 0;
  for (let k = 1, width = cols[0]!; k < cores; width *= cols[k]!, k++) {
    const prefixes = new Set(
      ids.map((id) =>
        naiveDigits(id, rows)
          .slice(0, k + 1)
          .join(),
      ),
    );
    total += prefixes.size * width * ranks[k]! * cols[k]! * ranks[k + 1]!;
  }
  return total;
}

/** An update counts one for each number of a slice that a digit of a row reads. */
function numbersTrained(ids: readonly number[], { cores, ranks }: (typeof layouts)[number]): number {
  const rows = rowShape(size.numEmbeddings, cores);
  const digits = ids.map((id) => naiveDigits(id, rows));
  return colShape(size.embeddingDim, cores).reduce(
    (sum, q, k) => sum + new Set(digits.map((own) => own[k])).size * ranks[k]! * q * ranks[k + 1]!,
    0,
  );
}

describe.each(layouts)('multiply-adds of tt with $cores cores, ranks $ranks', (layout) => {
  const table = { kind: 'tt', ...layout } as const;
  const stream = new RandomStream(2, 'multiply-adds');
  const random = Array.from({ length: 300 }, () => stream.nextInteger(size.numEmbeddings));

  function step(ids: readonly number[]) {
    const backend = recordingBackend();
    const bag = new EmbeddingBag({ backend, ...size, table });
    backend.reset();
    bag.forward(singles(ids));
    bag.backward({ gradOut: new Float32Array(ids.length * size.embeddingDim), learningRate: 0.1 });
    const { calls } = backend.recording();
    const of = (name: string) =>
      calls.filter((call) => call.name === name).reduce((sum, call) => sum + call.multiplyAdds, 0);
    return { forward: of('ttForward'), backward: of('ttBackward') };
  }

  test.each([
    ['random ids', random],
    ['ids that repeat', random.flatMap((id) => [id, id % 1000])],
    ['a run of ids', Array.from({ length: 500 }, (_, i) => 5_000_000 + i)],
  ])('%s: forward is the trie formula, backward twice that and what it trains', (_, ids) => {
    const { forward, backward } = step(ids);
    expect(forward).toBe(trieFormula(ids, layout));
    expect(backward).toBe(2 * forward + numbersTrained(ids, layout));
    const { multiplyAddsPerLookup } = cost(table, size);
    expect(forward, 'never more than row by row').toBeLessThanOrEqual(
      multiplyAddsPerLookup * new Set(ids).size,
    );
  });

  test('a batch of equal ids costs one row, forward and backward', () => {
    const once = step([1234567]);
    expect(step(new Array<number>(1000).fill(1234567))).toEqual(once);
    expect(once.forward).toBe(cost(table, size).multiplyAddsPerLookup);
  });
});

test('hash to tt pays for distinct buckets, not for distinct ids', () => {
  const into = { kind: 'tt', ranks: 8 } as const;
  const table = { kind: 'hash', buckets: 1, into } as const;
  const backend = recordingBackend();
  const bag = new EmbeddingBag({ backend, ...size, table });
  backend.reset();
  bag.forward(bagsOf([[1, 2, 3], [4_000_000]]), { training: false });
  const [forward] = backend.recording().calls.filter(({ name }) => name === 'ttForward');
  expect(forward!.multiplyAdds).toBe(cost(table, size).multiplyAddsPerLookup);
});
