import type { OptimizerConfig } from '@ttrec/embeddings';

/** How the parts of a model are trained. */
export interface ModelOptimizer {
  readonly embeddings: OptimizerConfig;
  /** For the MLPs and the cross network: any rule that is not row-wise. */
  readonly dense: OptimizerConfig;
  /** For the wide term; that of the tables by default. */
  readonly wide?: OptimizerConfig | undefined;
  /** Scales the gradients of a step so that their common norm is at most so large; no limit by default. */
  readonly clipNorm?: number | undefined;
}
