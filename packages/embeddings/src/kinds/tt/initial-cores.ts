import { initialiseCores } from '@ttrec/tensor-train/initialise';
import type { TTShape } from '@ttrec/tensor-train/shapes';
import type { TableContext } from '../../table/embedding-table.ts';
import type { TTConfig } from './tt-config.ts';

declare module '@ttrec/embeddings/kind' {
  interface TrainingParts {
    /** @internal */
    readonly initialCores: typeof initialCores;
  }
}

/** The cores that a TT starts with, float32 as they are stored. */
export function initialCores(config: TTConfig, shape: TTShape, context: TableContext): Float32Array[] {
  const cores = initialiseCores({
    shape,
    numRows: context.numEmbeddings,
    distribution: config.initialisation?.distribution ?? 'gaussian',
    scale: config.initialisation?.scale ?? 'rank-aware',
    stream: context.stream.child('cores'),
  });
  const factor = varianceFactor(context) ** (1 / (2 * cores.length));
  return cores.map((core) => (factor === 1 ? core : core.map((value) => factor * value)));
}

/** The variance asked for over 1/(3N). */
function varianceFactor({ rowVariance, numEmbeddings }: TableContext): number {
  return rowVariance === undefined ? 1 : rowVariance * 3 * numEmbeddings;
}
