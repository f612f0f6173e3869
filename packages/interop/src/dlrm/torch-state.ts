import type { Backend } from '@ttrec/backend';
import type { TensorSource } from '@ttrec/tensor-files/safetensors';
import type { Dlrm, ModelParameter } from '@ttrec/dlrm';
import { error } from '../error.ts';
import { torchMlpName } from './torch-names.ts';

export interface TorchStateOptions {
  /**
   * `stored` (default): a dense table is `emb_l.k.weight`, a tensor train FBTT's `emb_l.k.tt_cores.j` [1, p, r q r']; other kinds,
   * which PyTorch has no module for, keep their own names behind `emb_l.k.`. `dense`: every table is `emb_l.k.weight` [N, D], its
   * rows computed, as the reference DLRM loads it.
   */
  readonly tables?: 'stored' | 'dense';
}

/**
 * The parameters of a model under the names that PyTorch loads, each read from the backend when its turn to be written comes:
 * what `streamSafetensors` and `streamTorch` of @ttrec/tensor-files take. `emb_l` counts features, for the reference has one table
 * for each; a table that features share is written for each of them.
 * @throws `interop/unsupported-kind` for a table of int8 or int4 that is to stay as it is
 */
export function torchState(
  backend: Backend,
  model: Dlrm,
  { tables = 'stored' }: TorchStateOptions = {},
): TensorSource<'F32'>[] {
  const { features } = model.config;
  const layers = model.parameters.flatMap((parameter) => {
    const [, part, layer, what] = /^(bottom|top)\.(\d+)\.(weight|bias)$/.exec(parameter.name) ?? [];
    if (part === undefined) return [];
    return [sourceOf(backend, parameter, torchMlpName(part as 'bottom' | 'top', Number(layer), what!))];
  });
  const embeddings = features.flatMap(({ table }, k) => {
    if (tables === 'dense') return [denseTable(model, table, k)];
    const prefix = `table.${table}.`;
    refuseIntegers(model, table);
    return model.parameters
      .filter(({ name }) => name.startsWith(prefix))
      .map((parameter) => storedTable(backend, parameter, k, parameter.name.slice(prefix.length)));
  });
  return [...embeddings, ...layers];
}

/** What a table keeps as integers beside its parameters would be left out without a word. */
function refuseIntegers(model: Dlrm, table: string): void {
  const { config } = model.config.tables.find(({ name }) => name === table)!;
  const kept = model.hostTensors.find(
    ({ name, role }) => role === 'model' && name.startsWith(`table.${table}.`),
  );
  if (kept === undefined) return;
  throw error('unsupported-kind', {
    subject: `table "${table}"`,
    rule: 'PyTorch has no module for numbers kept as integers',
    got: config.kind,
    hint: `Export with tables: 'dense', which computes the rows of every table.`,
  });
}

function sourceOf(
  backend: Backend,
  { shape, weights }: ModelParameter,
  name: string,
  as: readonly number[] = shape,
): TensorSource<'F32'> {
  return { name, dtype: 'F32', shape: as, data: () => backend.read(weights) };
}

function denseTable(model: Dlrm, table: string, k: number): TensorSource<'F32'> {
  const rows = model.embeddings.table(table);
  const shape = [rows.numEmbeddings, rows.embeddingDim];
  return { name: `emb_l.${k}.weight`, dtype: 'F32', shape, data: () => rows.toDense() };
}

/** Cores are told by their name and their four axes, for other kinds may hold tensor trains inside. */
function storedTable(
  backend: Backend,
  parameter: ModelParameter,
  k: number,
  name: string,
): TensorSource<'F32'> {
  const core = /^(.*\.)?core(\d+)$/.exec(name);
  const { shape } = parameter;
  if (core === null || shape.length !== 4) return sourceOf(backend, parameter, `emb_l.${k}.${name}`);
  const [p, ...slice] = shape as [number, number, number, number];
  const length = slice.reduce((product, size) => product * size, 1);
  return sourceOf(backend, parameter, `emb_l.${k}.${core[1] ?? ''}tt_cores.${core[2]!}`, [1, p, length]);
}
