import type { Bags } from './bags.ts';

/** Bags of a batch that a collection has checked, one entry a feature. They must not change before they are used. */
export class CheckedBags {
  readonly bags: readonly Bags[];
  readonly size: number;
  readonly training: boolean;
  /** Features, by position, whose one bag is that of every row. */
  readonly shared: readonly number[];

  constructor(bags: readonly Bags[], size: number, training: boolean, shared: readonly number[] = []) {
    this.bags = bags;
    this.size = size;
    this.training = training;
    this.shared = shared;
  }
}
