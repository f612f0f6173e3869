import type { Range } from '@ttrec/backend';
import type { BagBackwardArgs, BagForwardArgs } from '@ttrec/backend/kernels';
import type { DeviceMatrix } from '../memory/device-matrices.ts';
import type { KernelQueue, LaunchArgument } from '../memory/kernel-queue.ts';
import { HostMatrix } from '../memory/host-matrix.ts';
import { poolOnHost } from '../memory/host-rows.ts';
import type { KernelSource } from './kernel-source.ts';

/** Bag `this.thread.y`, from the rows themselves. */
function forwardSource(mean: boolean, weighted: boolean): KernelSource {
  return {
    name: `bag${mean ? ' mean' : ''}${weighted ? ' weighted' : ''}`,
    parameters: {
      rows: 'matrix',
      offsets: 'matrix',
      lookups: 'matrix',
      row: 'integer',
      column: 'integer',
      ...(weighted && weightParameters),
    },
    body: `
    const start = offsets[0][this.thread.y];
    const count = offsets[0][this.thread.y + 1] - start;
    let sum = 0;
    for (let n = 0; n < count; n += 1) {
      const lookup = start + n;
      ${weighted ? weightOf('lookup') : 'const scale = 1;'}
      sum += scale * rows[row + lookups[0][lookup]][column + this.thread.x];
    }
    ${mean ? 'if (count > 0) sum = sum / count;' : ''}
    return sum;`,
  };
}

const weightParameters = { weights: 'matrix', weightStart: 'integer', weightCols: 'integer' } as const;

/** The weight of a lookup: element `weightStart + lookup` of its buffer in row-major order. */
const weightOf = (lookup: string): string => `
      const weightAt = weightStart + ${lookup};
      const weightRow = Math.floor((weightAt + 0.5) / weightCols);
      const scale = weights[weightRow][weightAt - weightRow * weightCols];`;

export function bagForward(queue: KernelQueue, args: BagForwardArgs): void {
  const { rows, out, columns } = args;
  const table = queue.numbers(rows.buffer);
  const pooled = table.kind === 'rows' ? poolOnHost(queue, table, args) : pool(queue, table, args);
  columns.forEach((column, feature) => {
    const block = { ...out, column: out.column + column, cols: rows.cols };
    queue.store(block, pooled, feature * out.rows);
  });
}

/** The bags' sums [bags, D], one feature's after another's. */
function pool(
  queue: KernelQueue,
  table: DeviceMatrix,
  { rows, index, pooling, weights }: BagForwardArgs,
): DeviceMatrix {
  const offsets = new HostMatrix(queue.indices(index.offsets));
  const lookups = new HostMatrix(queue.indices(index.lookupRow));
  const source = forwardSource(pooling === 'mean', weights !== undefined);
  const values = [table, offsets, lookups, rows.row, rows.column, ...weightArguments(queue, weights)];
  return queue.launch(source, [index.bags, rows.cols], values);
}

function weightArguments(queue: KernelQueue, weights: Range | undefined): LaunchArgument[] {
  return weights ? [queue.matrix(weights.buffer), weights.start, weights.buffer.cols] : [];
}

/** Row `this.thread.y`, from the places of its lookups' gradients, which the host has worked out. */
function backwardSource(weighted: boolean): KernelSource {
  return {
    name: `bag backward${weighted ? ' weighted' : ''}`,
    parameters: {
      gradient: 'matrix',
      offsets: 'matrix',
      places: 'matrix',
      ...(weighted && weightParameters),
    },
    body: `
    const start = offsets[0][this.thread.y];
    const count = offsets[0][this.thread.y + 1] - start;
    let sum = 0;
    for (let n = 0; n < count; n += 1) {
      const row = places[0][start + n];
      const column = places[1][start + n];
      ${weighted ? weightOf('places[2][start + n]') : 'const scale = places[2][start + n];'}
      sum += scale * gradient[row][column + this.thread.x];
    }
    return sum;`,
  };
}

export function bagBackward(queue: KernelQueue, args: BagBackwardArgs): void {
  const { gradOut, byRow, weights, gradRows } = args;
  const offsets = new HostMatrix(queue.indices(byRow.rowOffsets));
  const values = [queue.matrix(gradOut.buffer), offsets, placesOf(queue, args)];
  const source = backwardSource(weights !== undefined);
  const result = queue.launch(
    source,
    [byRow.rows, gradRows.cols],
    [...values, ...weightArguments(queue, weights)],
  );
  queue.store(gradRows, result);
}

/** For each lookup in the order of the rows: row and first column of its bag's gradient, and its scale or its number. */
function placesOf(
  queue: KernelQueue,
  { gradOut, columns, index, byRow, pooling, weights }: BagBackwardArgs,
): HostMatrix {
  const lookups = queue.indices(byRow.rowLookups);
  const bags = queue.indices(byRow.lookupBag);
  const offsets = queue.indices(index.offsets);
  const row = new Float32Array(lookups.length);
  const column = new Float32Array(lookups.length);
  const third = new Float32Array(lookups.length);
  lookups.forEach((lookup, i) => {
    const bag = bags[lookup]!;
    row[i] = gradOut.row + (bag % gradOut.rows);
    column[i] = gradOut.column + columns[Math.floor(bag / gradOut.rows)]!;
    if (weights) third[i] = lookup;
    else third[i] = pooling === 'mean' ? 1 / (offsets[bag + 1]! - offsets[bag]!) : 1;
  });
  return new HostMatrix(row, column, third);
}
