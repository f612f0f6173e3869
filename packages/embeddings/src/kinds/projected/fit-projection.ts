import { dominantDirections } from '@ttrec/tensor-train/matrices';
import { rowBlocks, type RowSource } from '../../rows/row-source.ts';

/**
 * The best approximation of the rows of a source by X P with `dim` columns between them: P [dim, D] holds the leading
 * right singular vectors of the rows (each times the root of its weight), X [N, dim] the rows along them. One pass over
 * the source for the Gram matrix [D, D]; X is computed as it is read. O(N·D²).
 */
export async function fitProjection(
  source: RowSource,
  dim: number,
): Promise<{ projection: Float32Array; projected: RowSource }> {
  const { embeddingDim } = source;
  const directions = dominantDirections(await gramOf(source), embeddingDim, dim);
  const projection = new Float32Array(dim * embeddingDim);
  for (let i = 0; i < dim; i++) {
    for (let j = 0; j < embeddingDim; j++) projection[i * embeddingDim + j] = directions[j * dim + i]!;
  }
  const projected: RowSource = {
    numEmbeddings: source.numEmbeddings,
    embeddingDim: dim,
    async read(start, end) {
      const values = await source.read(start, end);
      const out = new Float32Array((end - start) * dim);
      for (let row = 0; row < end - start; row++) {
        for (let i = 0; i < dim; i++) {
          let sum = 0;
          for (let j = 0; j < embeddingDim; j++)
            sum += values[row * embeddingDim + j]! * projection[i * embeddingDim + j]!;
          out[row * dim + i] = sum;
        }
      }
      return out;
    },
    weights: source.weights,
  };
  return { projection, projected };
}

/** The sum over rows of weight · row · rowᵀ, [D, D]. */
async function gramOf(source: RowSource): Promise<Float64Array> {
  const { embeddingDim: dim } = source;
  const gram = new Float64Array(dim * dim);
  for await (const { start, rows, values } of rowBlocks(source)) {
    for (let row = 0; row < rows; row++) {
      const weight = source.weights?.[start + row] ?? 1;
      for (let i = 0; i < dim; i++) {
        const scaled = weight * values[row * dim + i]!;
        for (let j = 0; j <= i; j++) gram[i * dim + j]! += scaled * values[row * dim + j]!;
      }
    }
  }
  for (let i = 0; i < dim; i++) for (let j = 0; j < i; j++) gram[j * dim + i] = gram[i * dim + j]!;
  return gram;
}
