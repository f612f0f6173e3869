/**
 * GFLOP/s of matrix products on both builds and on the reference, one thread; a multiply-add counts as two. Rounds go
 * around the engines, so that a busy machine is unfair to all of them alike.
 *
 * node --conditions=@ttrec/source packages/backend-wasm/bench/matmul.ts [round count]
 */
import { wholeBlock, type Backend } from '@ttrec/backend';
import { multiplyAdds, type MatmulArgs } from '@ttrec/backend/kernels';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { RandomStream, fillNormal } from '@ttrec/core';

type Shape = readonly [m: number, k: number, n: number, form?: 'aᵀb' | 'abᵀ'];

const shapes: readonly Shape[] = [
  [512, 512, 512],
  [512, 512, 512, 'abᵀ'],
  [512, 512, 512, 'aᵀb'],
  [2048, 13, 512, 'abᵀ'],
  [128, 512, 256, 'abᵀ'],
  [512, 2048, 367, 'aᵀb'],
  [2048, 256, 1, 'abᵀ'],
  [1, 512, 256, 'abᵀ'],
  [2, 32, 64],
];
const ROUNDS = Number(process.argv[2] ?? 15);
const ROUND_MS = 20;

function argsOn(backend: Backend, [m, k, n, form]: Shape): MatmulArgs {
  const random = new RandomStream(1, 'bench/matmul');
  const matrix = (rows: number, cols: number) => {
    const buffer = backend.createBuffer({ dtype: 'float32', rows, cols, label: 'bench' });
    const data = new Float32Array(rows * cols);
    fillNormal(data, random);
    backend.write(buffer, data);
    return wholeBlock(buffer);
  };
  return {
    a: form === 'aᵀb' ? matrix(k, m) : matrix(m, k),
    b: form === 'abᵀ' ? matrix(n, k) : matrix(k, n),
    transposeA: form === 'aᵀb',
    transposeB: form === 'abᵀ',
    out: matrix(m, n),
  };
}

/** GFLOP/s of one round of `ROUND_MS`. */
function round(backend: Backend, args: MatmulArgs): number {
  const start = performance.now();
  let calls = 0;
  do {
    backend.matmul(args);
    calls += 1;
  } while (performance.now() - start < ROUND_MS);
  return (2 * multiplyAdds('matmul', args) * calls) / (performance.now() - start) / 1e6;
}

const engines: readonly (readonly [string, Backend])[] = [
  ['strict', await createWasmBackend({ simd: 'strict' })],
  ['relaxed', await createWasmBackend({ simd: 'relaxed' })],
  ['cpu', createCpuBackend()],
];
for (const shape of shapes) {
  const runs = engines.map(([name, backend]) => ({ name, backend, args: argsOn(backend, shape) }));
  const rates = runs.map((): number[] => []);
  for (let i = -3; i < ROUNDS; i++) {
    runs.forEach(({ backend, args }, at) => {
      const rate = round(backend, args);
      if (i >= 0) rates[at]!.push(rate);
    });
  }
  const shown = runs.map(({ name }, at) => {
    const sorted = rates[at]!.sort((a, b) => a - b);
    return `${name} ${sorted[sorted.length >> 1]!.toFixed(1)} (best ${sorted.at(-1)!.toFixed(1)})`;
  });
  const [m, k, n, form = 'ab'] = shape;
  console.log(`${form} m ${m}, k ${k}, n ${n}: ${shown.join(', ')} GFLOP/s`);
  for (const { args } of runs) for (const block of [args.a, args.b, args.out]) block.buffer.dispose();
}
