import { parseConfig, type TrainConfig, trainConfigSchema } from '@ttrec/training/config';

type Input = Record<string, unknown>;

/** 20 steps an epoch, the last of 8 rows, on three tables; sections of `changes` are merged into those here. */
export function tinyConfig(
  changes: { data?: Input; model?: Input; training?: Input } & Input = {},
): Input & { data: Input; model: Input; training: Input } {
  const { data, model, training, ...rest } = changes;
  return {
    name: 'tiny',
    seed: 3,
    ...rest,
    data: {
      format: 'synthetic',
      rows: { train: 312, validation: 60, test: 60 },
      cardinalities: [50, 200, 7],
      dense: 3,
      ...data,
    },
    model: { embeddingDim: 4, bottomMlp: [8], topMlp: [8], ...model },
    training: { batchSize: 16, epochs: 2, logEvery: 1, evaluateEvery: 7, ...training },
  };
}

export function tinyTrainConfig(changes: Parameters<typeof tinyConfig>[0] = {}): TrainConfig {
  return parseConfig(trainConfigSchema, tinyConfig(changes), 'tiny.json');
}
