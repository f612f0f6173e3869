import { makeAll, type BufferSpec } from '@ttrec/backend';
import { stateLength } from '../optimizer.ts';
import type { TableContext, TableParameter } from './embedding-table.ts';

/**
 * Allocates a parameter whose rows are its first axis, with the optimizer state that the rule asks for.
 * @param isTable whether only bags and updates reach its rows, so that an engine may keep it where memory is plenty
 */
export function trainingParameter(
  context: TableContext,
  name: string,
  shape: readonly number[],
  isTable = false,
): TableParameter {
  const { backend, optimizer } = context;
  const rows = shape[0]!;
  const cols = shape.slice(1).reduce((product, extent) => product * extent, 1);
  const label = `${context.name}/${name}`;
  const stateCols = optimizer.rule === 'adagrad' ? cols : 1;
  const table = isTable ? { table: { rows, cols } } : {};
  const specs: BufferSpec[] = [{ dtype: 'float32', rows, cols, label, ...table }];
  if (stateLength(optimizer.rule, rows, cols) > 0) {
    specs.push({ dtype: 'float32', rows, cols: stateCols, label: `${label}/state`, ...table });
  }
  const [weights, state] = makeAll(
    specs,
    (spec) => backend.createBuffer(spec),
    (buffer) => buffer.dispose(),
  );
  return { name: `${context.path ?? ''}${name}`, shape, weights: weights!, ...(state ? { state } : {}) };
}

export function disposeParameter({ weights, state }: TableParameter): void {
  weights.dispose();
  state?.dispose();
}
