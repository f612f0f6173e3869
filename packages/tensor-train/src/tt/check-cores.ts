import type { NdArray } from 'ndarray';
import { isList } from '../check.ts';
import { error } from '../error.ts';

/**
 * Checks that cores are ndarrays of float32 or float64 of the given dimensions, and that neighbours agree in the rank
 * between them.
 *
 * @param dimensions such as `[r_k][n_k][r_{k+1}]`; the last one is the right rank
 * @param leftAxis the place of r_k among them
 * @throws `tensor-train/bad-cores`, `tensor-train/bad-ranks`
 */
export function checkCores(cores: readonly NdArray[], dimensions: string, leftAxis: number): void {
  if (!isList(cores) || cores.length === 0) {
    const got = isList(cores) ? 0 : cores;
    throw error('bad-cores', { subject: 'cores', rule: 'must hold at least one core', got });
  }
  const count = dimensions.split('[').length - 1;
  cores.forEach((core, k) => {
    const subject = `cores[${k}]`;
    const shape = (core as NdArray | null)?.shape;
    if (!isList(shape) || shape?.length !== count) {
      throw error('bad-cores', {
        subject,
        rule: `must have the dimensions ${dimensions}`,
        got: shape ?? core,
      });
    }
    if (core.dtype !== 'float32' && core.dtype !== 'float64')
      throw error('bad-cores', { subject, rule: 'must be float32 or float64', got: core.dtype });
    const left = k === 0 ? 1 : cores[k - 1]!.shape.at(-1);
    if (shape[leftAxis] === left) return;
    const rule =
      k === 0
        ? 'must have left rank 1'
        : `must have the right rank of cores[${k - 1}], ${left}, as left rank`;
    throw error('bad-ranks', { subject, rule, got: shape[leftAxis] });
  });
}
