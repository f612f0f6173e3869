import type { RegularizeArgs } from '@ttrec/backend/kernels';
import { HostMatrix } from '../memory/host-matrix.ts';
import type { DeviceMatrix } from '../memory/device-matrices.ts';
import type { KernelQueue, LaunchArgument } from '../memory/kernel-queue.ts';
import type { KernelSource, ParameterType } from './kernel-source.ts';

/** A kernel over every element of a buffer, in two forms: for updates that list their rows, and for those of all rows. */
export type RowwiseSource = (byRow: boolean) => KernelSource;

/**
 * A kernel over every element of a buffer that changes the rows with a gradient and leaves the others bit for bit.
 * Row y's gradient is row `g` of `gradient`; without `byRow` every row has one, its own.
 */
export function rowwise(parts: {
  readonly name: string;
  /** What is changed: the first parameter. */
  readonly target: string;
  readonly more: Readonly<Record<string, ParameterType>>;
  readonly body: string;
}): RowwiseSource {
  const { target } = parts;
  return (byRow) => ({
    name: `${parts.name}${byRow ? ' by row' : ''}`,
    parameters: {
      [target]: 'matrix',
      gradient: 'matrix',
      row: 'integer',
      column: 'integer',
      ...parts.more,
      ...(byRow && { gradientOf: 'matrix' }),
    },
    body: `
    const y = this.thread.y;
    const x = this.thread.x;
    const before = ${target}[y][x];
    ${byRow ? 'const at = gradientOf[0][y];' : 'const at = y;'}
    if (at < 0) return before;
    const g = row + at;
    ${parts.body}`,
  });
}

/** Launches row-wise kernels with the gradients of one call. */
export function launcher(
  queue: KernelQueue,
  { weights, gradients, rows }: Pick<RegularizeArgs, 'weights' | 'gradients' | 'rows'>,
): (target: DeviceMatrix, source: RowwiseSource, more: readonly LaunchArgument[]) => DeviceMatrix {
  const map = rows ? [gradientOf(queue.indices(rows), weights.rows)] : [];
  const gradient = [queue.matrix(gradients.buffer), gradients.row, gradients.column];
  return (target, source, more) =>
    queue.launch(
      source(rows !== undefined),
      [target.rows, target.cols],
      [target, ...gradient, ...more, ...map],
    );
}

/** For each row of the weights, the row of its gradient, or -1. */
function gradientOf(positions: Uint32Array, rows: number): HostMatrix {
  const of = new Float32Array(rows).fill(-1);
  positions.forEach((row, i) => (of[row] = i));
  return new HostMatrix(of);
}
