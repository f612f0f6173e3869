import type { Batch } from '../dataset.ts';

/** By the labels of a batch: apart from the batch, which is the same wherever it was read. */
const seconds = new WeakMap<Float32Array, number>();

export function setReadSeconds({ labels }: Pick<Batch, 'labels'>, read: number): void {
  seconds.set(labels, read);
}

/** The seconds that the reading thread took to read a batch; undefined if it was read in the calling thread. */
export function readSecondsOf({ labels }: Pick<Batch, 'labels'>): number | undefined {
  return seconds.get(labels);
}
