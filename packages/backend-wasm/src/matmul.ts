import type { BiasActivationBackwardArgs, MatmulArgs } from '@ttrec/backend';
import { strideOf, type Engine } from './engine.ts';

export function matmul(engine: Engine, args: MatmulArgs): void {
  const { a, b, out, transposeA = false, transposeB = false, bias, activation } = args;
  const { kernels, memory } = engine;
  const inner = transposeA ? a.rows : a.cols;
  const workspace = memory.workspace(kernels.matmulWorkspace(out.rows, inner, out.cols));
  kernels.matmul(
    ...[engine.block(a), strideOf(a), Number(transposeA)],
    ...[engine.block(b), strideOf(b), Number(transposeB)],
    ...[engine.block(out), strideOf(out), out.rows, inner, out.cols],
    ...[bias ? engine.block(bias) : 0, Number(activation === 'relu'), workspace],
  );
}

export function biasActivationBackward(engine: Engine, args: BiasActivationBackwardArgs): void {
  const { output, gradient, gradBias, activation } = args;
  engine.kernels.biasActivationBackward(
    ...[engine.block(output), strideOf(output)],
    ...[engine.block(gradient), strideOf(gradient)],
    ...[engine.block(gradBias), gradient.rows, gradient.cols, Number(activation === 'relu')],
  );
}
