import { makeAll, type BufferSpec } from '@ttrec/backend';
import { stateCols } from '@ttrec/backend/kernels';
import { keepsLastStep } from '../optimizers/optimizer.ts';
import type { TableContext, TableParameter } from './embedding-table.ts';

/** What the optimizer state of each rule is called in files. */
export const stateNames = {
  sgd: undefined,
  adagrad: 'sum',
  'rowwise-adagrad': 'sum',
  adam: 'moments',
  'rowwise-adam': 'moments',
  ftrl: 'ftrl',
} as const;

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
  const width = stateCols(optimizer.rule, cols);
  const table = isTable ? { table: { rows, cols } } : {};
  const spec = (suffix: string, width: number): BufferSpec => {
    return { dtype: 'float32', rows, cols: width, label: `${label}${suffix}`, ...table };
  };
  const specs = {
    weights: spec('', cols),
    ...(width > 0 && { state: spec('/state', width) }),
    ...(keepsLastStep(optimizer) && { lastStep: spec('/last-step', 1) }),
  };
  const buffers = makeAll(
    Object.values(specs),
    (wanted) => backend.createBuffer(wanted),
    (buffer) => buffer.dispose(),
  );
  const named = Object.keys(specs).map((part, i) => [part, buffers[i]!]);
  const stateName = stateNames[optimizer.rule];
  return {
    ...(Object.fromEntries(named) as Pick<TableParameter, 'weights' | 'state' | 'lastStep'>),
    ...(stateName && { stateName }),
    name: `${context.path ?? ''}${name}`,
    shape,
  };
}

export function disposeParameter({ weights, state, lastStep }: TableParameter): void {
  weights.dispose();
  state?.dispose();
  lastStep?.dispose();
}
