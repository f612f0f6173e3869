import { error } from '../error.ts';

/** @throws `serving/no-checkpoints` */
export function refuseCheckpoint(name: string, checkpoint: string | undefined): void {
  if (checkpoint === undefined) return;
  throw error('no-checkpoints', {
    subject: name,
    rule: 'must be a run folder for a checkpoint to be chosen',
    got: checkpoint,
    hint: 'A model file holds one checkpoint.',
  });
}
