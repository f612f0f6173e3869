import { fillUniform } from '@ttrec/core';
import { DenseGradients } from './dense-gradients.ts';
import { initialiseRows } from './initial-rows.ts';
import { cacheTraining } from './cached/cache-training.ts';
import { integerUpdates } from './trained-integers/integer-updates.ts';
import { initialCores } from './tt/initial-cores.ts';
import { ttGradients, ttGradientsOfRows } from './tt/tt-gradients.ts';
import type { TrainingParts } from '../table/training-parts.ts';

declare module '@ttrec/embeddings/kind' {
  interface TrainingParts {
    /** @internal */
    readonly fitting: typeof fitting;
  }
}

const fitting = () => import('../rows/fitting.ts');

/** Of the kinds of the package. */
export const trainingParts: TrainingParts = {
  fillUniform,
  fitting,
  initialCores,
  initialiseRows,
  cacheTraining,
  integerUpdates,
  denseGradients: (backend, parameter, workspace) => new DenseGradients(backend, parameter, workspace),
  ttGradients,
  ttGradientsOfRows,
};
