import type { MatmulArgs } from '@ttrec/backend/kernels';
import type { KernelQueue } from '../memory/kernel-queue.ts';
import type { KernelSource } from './kernel-source.ts';

export function matmul(queue: KernelQueue, args: MatmulArgs): void {
  const { a, b, out, transposeA = false, transposeB = false, bias, activation } = args;
  const inner = transposeA ? a.rows : a.cols;
  const origins = [a.row, a.column, b.row, b.column, inner];
  const values = [queue.matrix(a.buffer), queue.matrix(b.buffer), ...origins];
  const withBias = bias ? [queue.matrix(bias.buffer), bias.row, bias.column] : [];
  const source = sourceOf(transposeA, transposeB, bias !== undefined, activation === 'relu');
  queue.store(out, queue.launch(source, [out.rows, out.cols], [...values, ...withBias]));
}

function sourceOf(transposeA: boolean, transposeB: boolean, bias: boolean, relu: boolean): KernelSource {
  const a = transposeA ? 'a[aRow + i][aColumn + y]' : 'a[aRow + y][aColumn + i]';
  const b = transposeB ? 'b[bRow + x][bColumn + i]' : 'b[bRow + i][bColumn + x]';
  return {
    name: `matmul ${transposeA ? 'At' : 'A'} ${transposeB ? 'Bt' : 'B'}${bias ? ' bias' : ''}${relu ? ' relu' : ''}`,
    parameters: {
      a: 'matrix',
      b: 'matrix',
      aRow: 'integer',
      aColumn: 'integer',
      bRow: 'integer',
      bColumn: 'integer',
      inner: 'integer',
      ...(bias && ({ bias: 'matrix', biasRow: 'integer', biasColumn: 'integer' } as const)),
    },
    // A NaN passes the comparison of relu, so that it is seen.
    body: `
    const y = this.thread.y;
    const x = this.thread.x;
    let sum = 0;
    for (let i = 0; i < inner; i += 1) {
      sum += ${a} * ${b};
    }
    ${bias ? 'sum += bias[biasRow][biasColumn + x];' : ''}
    ${relu ? 'if (sum <= 0) return 0;' : ''}
    return sum;`,
  };
}
