import type { Batch } from '@ttrec/data';
import { error } from './error.ts';

/** @throws `training/weighted-rows` */
export function refuseWeights({ weights }: Pick<Batch, 'weights'>): void {
  if (weights === undefined) return;
  throw error('weighted-rows', {
    subject: 'dataset',
    rule: 'must have no weights of rows, since losses and metrics count every row once',
    got: 'rows with a column of weights',
    hint: 'Leave "weight" out of the config of the data. Batches carry weights for a loop of your own.',
  });
}
