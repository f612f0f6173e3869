import { wholeBlock, type Backend, type DeviceBuffer } from '@ttrec/backend';
import type { CoreUpdate } from '@ttrec/backend/kernels';
import type { Workspace } from '../../lookup/workspace.ts';
import type { PoolBackward, SparseGradient, TableParameter, UseAtOnce } from '../../table/embedding-table.ts';
import type { TTForward, TTForwardRows } from './tt-forward.ts';

declare module '@ttrec/embeddings/kind' {
  interface TrainingParts {
    /** @internal */
    readonly ttGradients: typeof ttGradients;
    /** @internal */
    readonly ttGradientsOfRows: typeof ttGradientsOfRows;
  }
}

interface TrainedTT {
  readonly backend: Backend;
  readonly workspace: Workspace;
  readonly parameters: readonly TableParameter[];
}

/** Enqueues the gradients of the cores behind rows that were computed. */
export function ttGradients(
  trained: TrainedTT,
  rows: TTForwardRows,
  pool: PoolBackward,
  use?: UseAtOnce,
): SparseGradient[] {
  const { distinct, rowOffsets, rowLookups } = rows;
  const byRow = { rows: distinct, rowOffsets, rowLookups };
  return coreGradients(trained, rows, (gradRows) => pool(byRow, wholeBlock(gradRows, distinct)), use);
}

/** @param fill writes the gradients of the rows [U, D] @returns none if the kernel takes the step too */
function coreGradients(
  { backend, workspace, parameters }: TrainedTT,
  { args, levels }: Pick<TTForwardRows, 'args' | 'levels'>,
  fill: (gradRows: DeviceBuffer) => void,
  { scratch, step }: Omit<UseAtOnce, 'each'> = { scratch: workspace },
): SparseGradient[] {
  const matrix = (name: string, rows: number, cols: number) =>
    scratch.matrix(`${name} of ${cols}`, rows, cols);
  const gradValues = levels.map((level, k) => matrix(`gradValues${k}`, level.nodes, args.values[k]!.cols));
  fill(gradValues.at(-1)!);
  const gradCores = args.cores.map((core, k) => matrix(`gradCore${k}`, levels[k]!.slices, core.cols));
  const update = step && coreUpdate(step, parameters);
  backend.ttBackward({ ...args, gradValues, gradCores, ...(update && { update }) });
  if (update) return [];
  return parameters.map((parameter, k) => ({
    parameter,
    gradients: wholeBlock(gradCores[k]!, levels[k]!.slices),
    rows: args.levels[k]!.sliceDigit,
    rowIds: levels[k]!.sliceDigit,
  }));
}

/** Cores have one learning rate. */
function coreUpdate(step: NonNullable<UseAtOnce['step']>, parameters: readonly TableParameter[]): CoreUpdate {
  const learningRate = step.learningRate * (parameters[0]!.rate ?? 1);
  const states = parameters.flatMap(({ state }) => state ?? []);
  return { ...step, learningRate, ...(states.length > 0 && { states }) };
}

/**
 * The same from the gradients of distinct rows `ids`, ascending. The rows themselves are not computed: the gradient of the last core needs the
 * products before it alone.
 */
export function ttGradientsOfRows(
  trained: TrainedTT & { readonly forward: TTForward },
  ids: Uint32Array,
  values: Float32Array,
): SparseGradient[] {
  if (ids.length === 0) return [];
  const { backend, forward, parameters } = trained;
  const cores = parameters.map(({ weights }) => weights);
  const trie = forward.trie(ids, cores);
  const { layout, levels, values: computed } = trie.args;
  if (levels.length > 1)
    backend.ttForward({
      layout: { colShape: layout.colShape.slice(0, -1), ranks: layout.ranks.slice(0, -1) },
      cores: cores.slice(0, -1),
      levels: levels.slice(0, -1),
      values: computed.slice(0, -1),
    });
  return coreGradients(trained, trie, (gradRows) => backend.write(gradRows, values));
}
