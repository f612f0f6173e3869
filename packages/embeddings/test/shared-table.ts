import { wholeBlock, type Backend, type Pooling } from '@ttrec/backend';
import { EmbeddingBagCollection, type Bags, type OptimizerConfig } from '@ttrec/embeddings';
import { readBlock } from './host-values.ts';
import type { TableCase } from './table-cases.ts';

/** A collection of one table that `features` features read, with the buffers of a model around it. */
export function sharedTable(
  backend: Backend,
  table: TableCase,
  options: { features: number; optimizer: OptimizerConfig; pooling?: Pooling },
) {
  const { numEmbeddings, embeddingDim, config } = table;
  const { features, optimizer, pooling = 'sum' } = options;
  const featureNames = Array.from({ length: features }, (_, f) => `feature ${f}`);
  const collection = new EmbeddingBagCollection({
    backend,
    embeddingDim,
    tables: [{ name: 'shared', numEmbeddings, config, featureNames, pooling }],
    optimizer,
  });
  const matrix = (rows: number, label: string) =>
    backend.createBuffer({ dtype: 'float32', rows, cols: features * embeddingDim, label });
  return {
    collection,
    parameters: collection.parameters.map(({ parameter }) => parameter),
    /** @returns the output [B, F·D] */
    step: async (
      bags: readonly Bags[],
      gradOut: Float32Array,
      learningRate: number,
    ): Promise<Float32Array> => {
      const rows = bags[0]!.offsets.length - 1;
      const out = wholeBlock(matrix(rows, 'out'));
      const grad = matrix(rows, 'gradOut');
      backend.write(grad, gradOut);
      collection.forward(bags, out);
      const pooled = await readBlock(backend, out);
      collection.backward(wholeBlock(grad), { learningRate });
      return pooled;
    },
  };
}
