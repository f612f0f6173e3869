import { columnBlock, wholeBlock, type Block, type DeviceBuffer } from '@ttrec/backend';
import type { Interaction, InteractionContext } from './interaction.ts';

/**
 * The products of all pairs of vectors, added up column by column: `((Σ v)² - Σ v²) / 2`, [B, D] behind the first vector
 * where that is the bottom MLP's output. O(vectors · D²) a row.
 */
export class FactorizationMachine implements Interaction {
  readonly kind = 'fm';
  readonly parameters = [];
  readonly context: InteractionContext;
  /** [vectors · D, D]: identities one below the other, so that a product adds vectors up. */
  readonly sums: DeviceBuffer;

  constructor(context: InteractionContext) {
    this.context = context;
    const { backend, vectors, embeddingDim } = context;
    const rows = vectors * embeddingDim;
    this.sums = backend.createBuffer({ dtype: 'float32', rows, cols: embeddingDim, label: 'fm/sums' });
    const ones = new Float32Array(rows * embeddingDim);
    for (let row = 0; row < rows; row++) ones[row * embeddingDim + (row % embeddingDim)] = 1;
    backend.write(this.sums, ones);
  }

  forward(features: Block): Block {
    const { backend, embeddingDim, hasDense } = this.context;
    const out = this.out('interacted', features.rows);
    const [sum, square, sumOfSquares] = ['fmSum', 'fmSquare', 'fmSumOfSquares'].map((name) =>
      this.get(name, features.rows),
    ) as [Block, Block, Block];
    const squares = this.get('fmSquares', features.rows, features.cols);
    backend.matmul({ a: features, b: wholeBlock(this.sums), out: sum });
    backend.multiply({ a: features, b: features, out: squares });
    backend.matmul({ a: squares, b: wholeBlock(this.sums), out: sumOfSquares });
    backend.multiply({ a: sum, b: sum, out: square });
    backend.add({ a: square, b: sumOfSquares, out: this.pairs(out), alpha: 0.5, beta: -0.5 });
    if (hasDense)
      backend.copy({ from: { ...features, cols: embeddingDim }, to: { ...out, cols: embeddingDim } });
    return out;
  }

  input({ rows }: Block): Block {
    return this.out('interacted', rows);
  }

  dispose(): void {
    this.sums.dispose();
  }

  out(name: string, rows: number): Block {
    const { embeddingDim, hasDense } = this.context;
    return this.get(name, rows, embeddingDim * (hasDense ? 2 : 1));
  }

  /** The columns behind the first vector. */
  pairs({ buffer, rows }: Block): Block {
    const { embeddingDim, hasDense } = this.context;
    return columnBlock(buffer, hasDense ? embeddingDim : 0, embeddingDim, rows);
  }

  get(name: string, rows: number, cols = this.context.embeddingDim): Block {
    return this.context.activations.get(name, rows, cols);
  }
}
