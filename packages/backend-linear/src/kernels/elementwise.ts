import type { AddArgs, BceWithLogitsArgs, CopyArgs, FillArgs, MultiplyArgs } from '@ttrec/backend/kernels';
import { strideOf, type Engine } from '../engine.ts';
import { byRows, PASS } from './by-rows.ts';

/** Nanoseconds of an exponential and a logarithm in float64. */
const LOSS = 40;

export function bceWithLogits(engine: Engine, args: BceWithLogitsArgs): void {
  const { logits, labels, losses, gradLogits, scale } = args;
  const operands = [logits, labels, losses, gradLogits].flatMap((block) => [
    engine.perUnit(engine.block(block), strideOf(block)),
    strideOf(block),
  ]);
  const { rows } = logits;
  engine.run('bceWithLogits', [...operands, engine.countOf(rows), scale], byRows(rows, LOSS * rows));
}

export function fill(engine: Engine, { out, value }: FillArgs): void {
  const { rows, cols } = out;
  engine.run(
    'fill',
    [engine.perUnit(engine.block(out), strideOf(out)), strideOf(out), engine.countOf(rows), cols, value],
    byRows(rows, (PASS / 2) * rows * cols),
  );
}

export function copy(engine: Engine, { from, to }: CopyArgs): void {
  const [source, target] = [from, to].map((block) => engine.perUnit(engine.block(block), strideOf(block)));
  engine.run(
    'copyRows',
    [source!, strideOf(from), target!, strideOf(to), engine.countOf(to.rows), to.cols],
    byRows(to.rows, (PASS / 2) * to.rows * to.cols),
  );
}

export function multiply(engine: Engine, { a, b, out }: MultiplyArgs): void {
  const operands = [a, b, out].flatMap((block) => [
    engine.perUnit(engine.block(block), strideOf(block)),
    strideOf(block),
  ]);
  const { rows, cols } = out;
  engine.run('multiply', [...operands, engine.countOf(rows), cols], byRows(rows, PASS * rows * cols));
}

export function add(engine: Engine, { a, b, out, alpha = 1, beta = 1 }: AddArgs): void {
  const operands = [a, b, out].flatMap((block) => [
    engine.perUnit(engine.block(block), strideOf(block)),
    strideOf(block),
  ]);
  const { rows, cols } = out;
  engine.run('add', [...operands, engine.countOf(rows), cols, alpha, beta], byRows(rows, PASS * rows * cols));
}
