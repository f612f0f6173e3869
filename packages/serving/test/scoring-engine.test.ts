import { createNativeBackend, nativeBackendFactory } from '@ttrec/backend-native';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { createScoringBackend } from '@ttrec/backend-wasm/scoring';
import type { RawRow } from '@ttrec/data/encoding';
import type { ModelOptions } from '@ttrec/training';
import { describe, expect, test } from 'vitest';
import { openRanker } from '@ttrec/serving';
import { openRanker as openInPage } from '@ttrec/serving/web';
import { fileOf, kinds, modelOfKind, rows } from './model-of-kind.ts';

const native = await nativeBackendFactory.availability();
const dense = kinds['dense']!;
const cases: [string, Parameters<typeof modelOfKind>[1], ModelOptions][] = [
  ...Object.entries(kinds).map(([name, config]) => [name, config, {}] as (typeof cases)[number]),
  ['factorisation machine', dense, { interaction: { kind: 'fm' } }],
  ['cross network', dense, { interaction: { kind: 'dcn', layers: 2, rank: 3 } }],
  ['side by side', dense, { interaction: { kind: 'cat' } }],
  ['wide', dense, { wide: true }],
  ['means, without a bottom MLP of several layers', dense, { pooling: 'mean', bottomMlp: [] }],
];

function candidateOf({ item, tags, age, price }: RawRow): RawRow {
  return { item: item!, tags: tags!, age: age!, price: price! };
}

describe.each(cases)('%s', (_, config, options) => {
  test('the engine for scoring, and the model that a page loads, give the bits of the whole engine', async () => {
    await using backend = await createWasmBackend();
    const { model, data } = await modelOfKind(backend, config, options);
    const bytes = await fileOf(model, { data });
    model.dispose();
    for (const simd of ['strict', 'relaxed'] as const) {
      const [whole, scoring] = await Promise.all(
        [await createWasmBackend({ simd }), await createScoringBackend({ simd })].map((engine) =>
          openRanker(bytes, { backend: engine, ownsBackend: true }),
        ),
      );
      const inPage = await openInPage(bytes, { simd });
      const expected = await whole!.score(rows);
      expect(new Set(expected.logits).size).toBeGreaterThan(150);
      const [context, candidates] = [{ user: rows[0]!['user']! }, rows.map(candidateOf)];
      const ranked = await whole!.rank(context, candidates);
      for (const ranker of [scoring!, inPage]) {
        expect(await ranker.score(rows)).toEqual(expected);
        expect(await ranker.rank(context, candidates)).toEqual(ranked);
      }
      for (const ranker of [whole!, scoring!, inPage]) await ranker.dispose();
    }
  });

  test.skipIf(!native.available)(
    'native code gives the bits of fused WebAssembly, and nearly those of strict',
    async () => {
      await using backend = await createWasmBackend();
      const { model, data } = await modelOfKind(backend, config, options);
      const bytes = await fileOf(model, { data });
      model.dispose();
      const [code, fused, strict] = await Promise.all(
        [
          createNativeBackend(),
          createWasmBackend({ simd: 'relaxed' }),
          createWasmBackend({ simd: 'strict' }),
        ].map(async (engine) => {
          await using ranker = await openRanker(bytes, { backend: await engine, ownsBackend: true });
          return await ranker.score(rows);
        }),
      );
      expect(code).toEqual(fused);
      // A multiply-add that rounds twice is off by half a unit of its product more, 6e-8 of it.
      const apart = code!.probabilities.map((probability, row) =>
        Math.abs(probability - strict!.probabilities[row]!),
      );
      expect(Math.max(...apart)).toBeLessThan(1e-6);
    },
  );
});

test('training on it is refused, with the kernel that it lacks', async () => {
  await using backend = await createScoringBackend();
  await expect(modelOfKind(backend, dense)).rejects.toMatchObject({
    code: 'backend-wasm/scoring-only',
    message: expect.stringMatching(
      /kernel "\w+": must not be needed by an engine that only scores\. Train on createWasmBackend/,
    ) as string,
  });
});

test.each([
  [{ simd: 'fast' }, 'backend-wasm/bad-option'],
  [{ threads: 2 }, 'backend-wasm/unknown-option'],
  [{ maxTotalBytes: 0 }, 'backend-wasm/bad-option'],
])('refuses %j', async (options, code) => {
  await expect(createScoringBackend(options as never)).rejects.toMatchObject({ code });
});
