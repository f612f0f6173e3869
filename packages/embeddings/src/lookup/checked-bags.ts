import type { Bags } from './bags.ts';

/** Bags of a batch that a collection has checked, one entry a feature. They must not change before they are used. */
export class CheckedBags {
  readonly bags: readonly Bags[];
  readonly size: number;
  readonly training: boolean;

  constructor(bags: readonly Bags[], size: number, training: boolean) {
    this.bags = bags;
    this.size = size;
    this.training = training;
  }
}
