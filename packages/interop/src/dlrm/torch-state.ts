import type { TensorSource } from '@ttrec/tensor-files/safetensors';
import type { Dlrm } from '@ttrec/dlrm';
import type { StateTensor } from '@ttrec/embeddings';
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
 * The weights of a model under the names that PyTorch loads, each read when its turn to be written comes: what
 * `streamSafetensors` and `streamTorch` of @ttrec/tensor-files take. `emb_l` counts features, for the reference has one
 * table for each; a table that features share is written for each of them.
 * @throws `interop/unsupported-kind` for a table of int8 or int4 that is to stay as it is
 */
export function torchState(
  model: Dlrm,
  { tables = 'stored' }: TorchStateOptions = {},
): TensorSource<'F32'>[] {
  const { features } = model.config;
  const layers = model
    .state()
    .filter(isModel)
    .flatMap((tensor) => {
      const [, part, layer, what] = /^(bottom|top)\.(\d+)\.(weight|bias)$/.exec(tensor.name) ?? [];
      if (part === undefined) return [];
      const name = torchMlpName(part as 'bottom' | 'top', Number(layer), what!);
      return [{ ...(tensor as FloatTensor), name }];
    });
  const embeddings = features.flatMap(({ table }, k) => {
    if (tables === 'dense') return [denseTable(model, table, k)];
    const own = model.embeddings.table(table).state();
    return own.filter(isModel).map((tensor) => storedTensor(requireFloats(model, table, tensor), k));
  });
  return [...embeddings, ...layers];
}

function isModel({ role }: StateTensor): boolean {
  return role === 'model';
}

type FloatTensor = Extract<StateTensor, { dtype: 'F32' }>;

/** @throws `interop/unsupported-kind` */
function requireFloats(model: Dlrm, table: string, tensor: StateTensor): FloatTensor {
  if (tensor.dtype === 'F32') return tensor;
  const { config } = model.config.tables.find(({ name }) => name === table)!;
  throw error('unsupported-kind', {
    subject: `table "${table}"`,
    rule: 'PyTorch has no module for numbers kept as integers',
    got: config.kind,
    hint: `Export with tables: 'dense', which computes the rows of every table.`,
  });
}

function denseTable(model: Dlrm, table: string, k: number): TensorSource<'F32'> {
  const rows = model.embeddings.table(table);
  const shape = [rows.numEmbeddings, rows.embeddingDim];
  return { name: `emb_l.${k}.weight`, dtype: 'F32', shape, data: () => rows.toDense() };
}

/** Cores are told by their name and their four axes, for other kinds may hold tensor trains inside. */
function storedTensor(tensor: FloatTensor, k: number): FloatTensor {
  const { name, shape } = tensor;
  const core = /^(.*\.)?core(\d+)$/.exec(name);
  if (core === null || shape.length !== 4) return { ...tensor, name: `emb_l.${k}.${name}` };
  const [p, ...slice] = shape as [number, number, number, number];
  const length = slice.reduce((product, size) => product * size, 1);
  return { ...tensor, name: `emb_l.${k}.${core[1] ?? ''}tt_cores.${core[2]!}`, shape: [1, p, length] };
}
