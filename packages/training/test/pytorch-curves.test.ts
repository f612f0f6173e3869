import { createCpuBackend } from '@ttrec/backend-cpu';
import { Dlrm, type DlrmConfigInput } from '@ttrec/dlrm';
import { stateReader, type OptimizerConfig } from '@ttrec/embeddings';
import { pytorchCurves, type CurveCase } from '@ttrec/golden';
import { ratesOf, type RateSchedules, type ScheduleConfig } from '@ttrec/training';
import { expect, test } from 'vitest';

const { tables, batches, cases } = pytorchCurves();

/** float32 on both sides, 200 steps: rounding of 1e-7 a step grows while the models learn. */
const TOLERANCE = 1e-4;

const rules = { sgd: 'sgd', adagrad: 'adagrad', adam: 'adam', adamw: 'adam', 'sparse-adam': 'adam' } as const;

function optimizerOf({ torch, beta1, l2, weightDecay }: CurveCase['dense']): OptimizerConfig {
  return { rule: rules[torch], beta1, l2, weightDecay };
}

function modelOf({ interaction, wide, clipNorm, ...recipe }: CurveCase): Dlrm {
  const kinds = { dcn: { kind: 'dcn', layers: 2, rank: 3 }, fm: { kind: 'fm' } } as const;
  const config: DlrmConfigInput = {
    denseFeatures: 4,
    embeddingDim: 4,
    tables: Object.entries(tables).map(([name, numEmbeddings]) => {
      return { name, numEmbeddings, config: { kind: 'dense' } };
    }),
    bottomMlp: [5],
    topMlp: [6],
    interaction: interaction ? kinds[interaction] : { kind: 'dot' },
    wide,
    optimizer: { embeddings: optimizerOf(recipe.tables), dense: optimizerOf(recipe.dense), clipNorm },
  };
  return new Dlrm({ backend: createCpuBackend(), ...config });
}

function batchOf(step: number) {
  const { dense, ids, labels } = batches[step % batches.length]!;
  const size = labels.length;
  const offsets = Uint32Array.from({ length: size + 1 }, (_, b) => b);
  const features = ids.map((indices) => ({ indices: Uint32Array.from(indices), offsets }));
  return { size, dense: Float32Array.from(dense), features, labels: Float32Array.from(labels) };
}

function ratesOfCase({ schedule, tables: embeddings, dense }: CurveCase): RateSchedules {
  const common = schedule as ScheduleConfig | undefined;
  return { embeddings: common ?? embeddings.lr, dense: common ?? dense.lr };
}

test.each(cases.map((golden) => [golden.name, golden] as const))(
  '%s: the loss curve of PyTorch',
  async (_, golden) => {
    using model = modelOf(golden);
    const start = Object.entries(golden.start).map(([name, { shape, data }]) => ({
      ...{ name, shape, dtype: 'F32' },
      data: Float32Array.from(data),
    }));
    await model.loadState(stateReader(start), { allowMissing: 'training' });
    const rates = ratesOf(ratesOfCase(golden));
    const losses: number[] = [];
    for (let step = 0; step < golden.losses.length; step++) {
      losses.push((await model.trainStep(batchOf(step), { learningRate: rates(step) })).loss);
    }
    const worst = Math.max(...losses.map((loss, step) => Math.abs(loss - golden.losses[step]!)));
    expect(worst).toBeLessThan(TOLERANCE);
    // On the batch of the first step the model has moved by far more than that: one that stood still would not pass.
    const again = losses.length - batches.length;
    expect(Math.abs(losses[again]! - losses[0]!)).toBeGreaterThan(100 * TOLERANCE);
  },
);
