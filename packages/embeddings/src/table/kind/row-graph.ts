import type { TableConfig } from '../config/table-config.ts';
import type { TableSize } from '../table-size.ts';

/**
 * What an exporter can compute. A `Value` stands for an array whose first axis is L, the ids of a batch: integers [L],
 * exact up to 2^53, or float32 [L, …].
 */
export interface RowOperations<Value> {
  plus(integers: Value, addend: number): Value;
  /** Rounded down. */
  dividedBy(integers: Value, divisor: number): Value;
  modulo(integers: Value, divisor: number): Value;
  atLeast(integers: Value, bound: number): Value;
  atMost(integers: Value, bound: number): Value;
  /** A hash function of the package, from uint32 to uint32: the MurmurHash3 finaliser of `integer ^ word`; see `hashWord`. */
  hash(integers: Value, word: number): Value;
  /**
   * The slices of a tensor along its first axis, [L, …shape]; integers become floats by their scale, `NAME.scale`, one for each row or
   * one for all. @param bits of the codes of a tensor of bytes [n], packed without gaps
   */
  gather(tensor: string, integers: Value, shape: readonly number[], bits?: number): Value;
  /** [L, k] times a tensor [k, n]. */
  project(value: Value, tensor: string): Value;
  /** Element by element. */
  sum(values: readonly Value[]): Value;
  product(values: readonly Value[]): Value;
  scaled(value: Value, factor: number): Value;
  /** [L, D_1], [L, D_2], … as [L, D_1 + D_2 + …]. */
  concatenated(values: readonly Value[]): Value;
  /** [L, m, k] times [L, k, n]. */
  matmul(a: Value, b: Value): Value;
  /** [L, …shape]. */
  reshaped(value: Value, shape: readonly number[]): Value;
  /** `below` [L, D] where the integer [L] is below the bound, `others` [L, D] elsewhere. */
  choose(integers: Value, bound: number, rows: { readonly below: Value; readonly others: Value }): Value;
}

/** Builds the part of an exported model that computes the rows of a table. Tensors are named as the table names them. */
export interface RowGraph<Value> extends RowOperations<Value>, TableSize {
  /** Integers [L] from 0 to numEmbeddings - 1. */
  readonly ids: Value;
  /** The rows [L, D] of a table inside: of this table's ids, size and tensors, unless others are given. */
  child(
    config: TableConfig,
    table: { readonly name?: string; readonly size?: TableSize; readonly ids?: Value },
  ): Value;
}
