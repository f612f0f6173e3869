import { stateLength } from './optimizer.ts';
import type { TableContext, TableParameter } from './table-kind.ts';

/** Allocates a parameter whose rows are its first axis, with the optimizer state that the rule asks for. */
export function trainingParameter(
  context: TableContext,
  name: string,
  shape: readonly number[],
): TableParameter {
  const { backend, optimizer } = context;
  const rows = shape[0]!;
  const cols = shape.slice(1).reduce((product, extent) => product * extent, 1);
  const label = `${context.name}/${name}`;
  const weights = backend.createBuffer({ dtype: 'float32', rows, cols, label });
  if (stateLength(optimizer.rule, rows, cols) === 0) return { name, shape, weights };
  const stateCols = optimizer.rule === 'adagrad' ? cols : 1;
  const state = backend.createBuffer({ dtype: 'float32', rows, cols: stateCols, label: `${label}/state` });
  return { name, shape, weights, state };
}
