import { product } from '@ttrec/core';
import { checkArgument, checkOptions } from '@ttrec/core/options';
import type { TensorSource } from '@ttrec/tensor-files/safetensors';
import type { Dlrm } from '@ttrec/dlrm';
import type { EmbeddingBagCollection, StateTensor } from '@ttrec/embeddings';
import { error } from '../error.ts';
import { torchMlpName } from './torch-names.ts';

export interface TorchStateOptions {
  /**
   * `stored` (default): a dense table is `emb_l.k.weight` and a TT is FBTT's `emb_l.k.tt_cores.j` [1, p, r q r']. PyTorch has no
   * modules for other kinds, which keep their own names behind `emb_l.k.`. `dense`: every table is `emb_l.k.weight` [N, D], with
   * computed rows, as the reference DLRM loads it.
   */
  readonly tables?: 'stored' | 'dense' | undefined;
  /** Returns this table alone, its names without `emb_l.k.`; the whole model by default. */
  readonly table?: string | undefined;
}

/**
 * Returns the weights of a model under PyTorch's names, for `streamSafetensors` and `streamTorch` of @ttrec/tensor-files. Each is read
 * when it is written. `emb_l` has one table for each feature, as in the reference; a table that features share is written for each. A cross network has the
 * names of TorchRec's `LowRankCrossNet` behind `crossnet.`; the wide term has tables of one column in `wide_l`, and `wide_dense.weight`.
 * @throws `interop/unsupported-kind` for a stored table of int8 or int4; `…/unknown-option`, `…/bad-option`
 */
export function torchState(model: Dlrm, options: TorchStateOptions = {}): TensorSource<'F32'>[] {
  checkArgument(error, 'torchState, model', model, 'a Dlrm', 'config', 'state', 'embeddings');
  checkOptions(error, 'torchState', options, { tables: ['stored', 'dense'], table: 'string' });
  const { tables = 'stored', table: alone } = options;
  if (alone !== undefined) return tableState(model.embeddings, alone, tables, '');
  const layers = model
    .state()
    .filter(isModel)
    .flatMap((tensor) => {
      const name = denseName(tensor.name);
      return name === undefined ? [] : [{ ...(tensor as FloatTensor), name }];
    });
  const tablesOf = (embeddings: EmbeddingBagCollection | undefined, list: string) =>
    embeddings?.features.flatMap(({ table }, k) => tableState(embeddings, table, tables, `${list}.${k}.`)) ??
    [];
  return [...tablesOf(model.embeddings, 'emb_l'), ...tablesOf(model.wideEmbeddings, 'wide_l'), ...layers];
}

const crossNames: Readonly<Record<string, string>> = { U: 'W_kernels', V: 'V_kernels', bias: 'bias' };

/** What PyTorch calls a parameter outside the tables. */
function denseName(name: string): string | undefined {
  if (name === 'wide.dense') return 'wide_dense.weight';
  const [, part, layer, what] = /^(bottom|top|cross)\.(\d+)\.(\w+)$/.exec(name) ?? [];
  if (part === undefined) return undefined;
  if (part === 'cross') return `crossnet.${crossNames[what!]!}.${layer!}`;
  return torchMlpName(part as 'bottom' | 'top', Number(layer), what!);
}

function tableState(
  embeddings: EmbeddingBagCollection,
  table: string,
  tables: 'stored' | 'dense',
  prefix: string,
): TensorSource<'F32'>[] {
  const rows = embeddings.table(table);
  if (tables === 'dense') {
    const shape = [rows.numEmbeddings, rows.embeddingDim];
    return [{ name: `${prefix}weight`, dtype: 'F32', shape, data: () => rows.toDense() }];
  }
  const own = rows.state().filter(isModel);
  return own.map((tensor) => storedTensor(requireFloats(embeddings, table, tensor), prefix));
}

function isModel({ role }: StateTensor): boolean {
  return role === 'model';
}

type FloatTensor = Extract<StateTensor, { dtype: 'F32' }>;

/** @throws `interop/unsupported-kind` */
function requireFloats(embeddings: EmbeddingBagCollection, table: string, tensor: StateTensor): FloatTensor {
  if (tensor.dtype === 'F32') return tensor;
  const priced = embeddings.costs.find((each) => each.table.name === table)!;
  throw error('unsupported-kind', {
    subject: `table "${table}"`,
    rule: 'PyTorch has no module for numbers kept as integers',
    got: priced.table.config.kind,
    hint: `Export with tables: 'dense', which computes the rows of every table.`,
  });
}

/** TT-cores have four axes, also those of a TT inside a table of another kind. */
function storedTensor(tensor: FloatTensor, prefix: string): FloatTensor {
  const { name, shape } = tensor;
  const core = /^(.*\.)?core(\d+)$/.exec(name);
  if (core === null || shape.length !== 4) return { ...tensor, name: `${prefix}${name}` };
  const [p, ...slice] = shape as [number, number, number, number];
  const length = product(slice);
  return { ...tensor, name: `${prefix}${core[1] ?? ''}tt_cores.${core[2]!}`, shape: [1, p, length] };
}
