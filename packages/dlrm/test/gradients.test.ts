import { createCpuBackend } from '@ttrec/backend-cpu';
import { Dlrm, type DlrmConfig, type LabelledBatch } from '@ttrec/dlrm';
import { scaledError } from '@ttrec/golden';
import { describe, expect, test } from 'vitest';
import { referenceLogits, referenceLoss, type NamedValues } from './reference-dlrm.ts';
import type { Bags } from '@ttrec/embeddings';
import { mixedModel, namedValues, randomise, sampleBatch } from './small-models.ts';

/** float32 arithmetic through five small layers: 2e-5 of the largest value is some 160 roundings. */
const TOLERANCE = 2e-5;

/** The error of a central difference is h² of curvature and 1e-16 / h of rounding: 1e-10 or less here. No ReLU turns within h. */
const STEP = 1e-5;

const noDense = { denseFeatures: 0, bottomMlp: [] };
/** Every number is differenced: tables as large as the hashed one would be too many. */
const hashed = {
  default: { kind: 'hash', buckets: 5, function: 'modulo', into: { kind: 'dense' } },
} as const;
const models: readonly (readonly [string, Partial<DlrmConfig>])[] = [
  ['dot', {}],
  ['dot with self-interaction', { interaction: { kind: 'dot', selfInteraction: true } }],
  ['dot without dense features', noDense],
  [
    'dot with self-interaction, without dense features',
    { ...noDense, interaction: { kind: 'dot', selfInteraction: true } },
  ],
  ['cat', { interaction: { kind: 'cat' } }],
  ['cat without dense features', { ...noDense, interaction: { kind: 'cat' } }],
  ['no hidden layers', { bottomMlp: [], topMlp: [] }],
  ['cross network', { interaction: { kind: 'dcn', layers: 2, rank: 3 } }],
  [
    'cross network of one layer, without dense features',
    { ...noDense, interaction: { kind: 'dcn', layers: 1 } },
  ],
  ['factorization machine', { interaction: { kind: 'fm' } }],
  ['factorization machine without dense features', { ...noDense, interaction: { kind: 'fm' } }],
  ['wide', { wide: { ...hashed, byName: { tt: { kind: 'tt', ranks: 2, cores: 2 } } } }],
  ['wide without dense features', { ...noDense, wide: hashed }],
];

const rowWeights = Float32Array.of(1, 0.25, 3, 0, 1.5, 2, 0.5);
const cases = [
  ...models.map(([name, change]) => [name, change, {}] as const),
  ['rows with weights', {}, { weights: rowWeights }] as const,
  [
    'rows with weights, wide, without dense features',
    { ...noDense, wide: hashed },
    { weights: rowWeights },
  ] as const,
];

describe.each(cases)('the whole model, %s', (_, change, weights) => {
  const config: DlrmConfig = { ...mixedModel, ...change };
  // The square of a sum less the sum of squares cancels: what is left is a few times less than what was rounded.
  const tolerance = config.interaction.kind === 'fm' ? 5 * TOLERANCE : TOLERANCE;
  const batch = { ...withWeights(sampleBatch(config, 7)), ...weights };

  async function load() {
    const backend = createCpuBackend();
    const model = new Dlrm({ backend, ...config });
    randomise(backend, model);
    return { backend, model, values: await namedValues(backend, model) };
  }

  test('logits, probabilities and loss equal a float64 DLRM', async () => {
    const { model, values } = await load();
    const want = referenceLogits(config, values, batch);
    const { loss, logits } = await model.trainStep(batch, { learningRate: 0 });
    expect(scaledError(logits, want)).toBeLessThan(tolerance);
    expect(Math.abs(loss / referenceLoss(config, values, batch) - 1)).toBeLessThan(tolerance);
    const chances = want.map((z) => 1 / (1 + Math.exp(-z)));
    expect(scaledError(await model.predict(batch), chances)).toBeLessThan(tolerance);
  });

  test('the gradient of every number equals its central difference', async () => {
    const { backend, model, values } = await load();
    const want = differences(config, values, batch);
    const { dense, tables, wide = [] } = model.gradients(batch);
    for (const { name, gradient } of dense)
      expect(scaledError(await backend.read(gradient), want.get(name)!), name).toBeLessThan(tolerance);
    for (const [t, gradients] of [...tables, ...wide].entries()) {
      for (const { parameter, gradients: block, rowIds } of gradients) {
        const count = config.tables.length;
        const prefix = t < count ? 'table' : 'wide';
        const name = `${prefix}.${config.tables[t % count]!.name}.${parameter.name}`;
        const compact = await backend.read(block);
        const full = new Float32Array(parameter.weights.rows * block.cols);
        rowIds.forEach((row, s) =>
          full.set(compact.subarray(s * block.cols, (s + 1) * block.cols), row * block.cols),
        );
        expect(scaledError(full, want.get(name)!), name).toBeLessThan(tolerance);
      }
    }
    expect(dense.length + [...tables, ...wide].flat().length).toBe(want.size);
  });
});

function differences(config: DlrmConfig, values: NamedValues, batch: ListedBatch): Map<string, Float64Array> {
  const gradients = [...values].map(([name, { data }]) => {
    const gradient = data.map((value, i) => {
      data[i] = value + STEP;
      const above = referenceLoss(config, values, batch);
      data[i] = value - STEP;
      const below = referenceLoss(config, values, batch);
      data[i] = value;
      return (above - below) / (2 * STEP);
    });
    return [name, gradient] as const;
  });
  return new Map(gradients);
}

type ListedBatch = LabelledBatch<readonly Bags[]>;

/** Weights on the lookups of the first feature, which shares its table with one that has none. */
function withWeights(batch: ListedBatch): ListedBatch {
  const [first, ...others] = batch.features;
  const perSampleWeights = Float32Array.from(first!.indices, (_, l) => 0.5 + l / 4);
  return { ...batch, features: [{ ...first!, perSampleWeights }, ...others] };
}
