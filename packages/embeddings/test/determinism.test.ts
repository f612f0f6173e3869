import { createCpuBackend } from '@ttrec/backend-cpu';
import { EmbeddingBag, type OptimizerConfig } from '@ttrec/embeddings';
import { describe, expect, test } from 'vitest';
import { readBlock, readParameters } from './host-values.ts';
import { normals, sampleBags } from './sample-bags.ts';
import { tableCases, type TableCase } from './table-cases.ts';

const optimizer: OptimizerConfig = { rule: 'adagrad' };

async function train(table: TableCase, seed: number) {
  const { numEmbeddings, embeddingDim, config } = table;
  const backend = createCpuBackend();
  const bag = new EmbeddingBag({ backend, numEmbeddings, embeddingDim, table: config, optimizer, seed });
  const initial = await readParameters(backend, bag.parameters);
  const outputs: Float32Array[] = [];
  for (let step = 0; step < 3; step++) {
    const bags = sampleBags(numEmbeddings, `bags ${step}`, 4 + step);
    outputs.push(await readBlock(backend, bag.forward(bags)));
    bag.backward({ gradOut: normals((bags.offsets.length - 1) * embeddingDim, 'grad'), learningRate: 0.1 });
  }
  return { initial, outputs, trained: await readParameters(backend, bag.parameters) };
}

describe.each(tableCases)('$name', (table) => {
  test('the same seed and steps give the same bits', async () => {
    expect(await train(table, 3)).toEqual(await train(table, 3));
  });

  test('training changes every parameter; another seed starts elsewhere', async () => {
    const { initial, trained } = await train(table, 3);
    const other = await train(table, 4);
    initial.forEach((values, k) => {
      expect(trained[k], `parameter ${k}`).not.toEqual(values);
      expect(other.initial[k], `parameter ${k}`).not.toEqual(values);
    });
  });
});
