import { counted } from '@ttrec/core';
import { checkArgument, checkOptions } from '@ttrec/core/options';
import type { TensorFile } from '@ttrec/tensor-files/safetensors';
import type { DlrmConfig } from '@ttrec/dlrm';
import { stateReader, type RowSource, type StateReader } from '@ttrec/embeddings';
import type { LoadableTensor } from '@ttrec/embeddings/model';
import { error } from '../error.ts';
import type { FbttCache } from '../fbtt/fbtt-cache.ts';
import { readFloats } from '../read-floats.ts';
import { requireReadable } from '../require-readable.ts';
import { inferInteraction } from './infer-interaction.ts';
import { linearLayers } from './linear-layers.ts';
import { readDlrmOptions, readTables, type ReadDlrmOptions } from './read-tables.ts';
import { findPrefix } from './state-prefix.ts';
import { torchMlpName } from './torch-names.ts';

/** A DLRM of PyTorch: the config of a `Dlrm`, and its weights. */
export interface DlrmState {
  /** Widths, tables and interaction, as the shapes of the file imply them. */
  readonly config: DlrmConfig;
  /**
   * The weights for `loadState` of a model of that config, read from the file one at a time. Optimizer state is not read: load
   * with `allowMissing: 'training'`.
   */
  readonly state: StateReader;
  /** The rows of each table by its name, to fit a table of another kind to. */
  readonly rows: ReadonlyMap<string, RowSource>;
  /** The caches of the tables of FBTT that have rows in them, by the table's name. */
  readonly caches: ReadonlyMap<string, FbttCache>;
  /** Tensors of the file that the model does not use, such as optimizer state and buffers. */
  readonly ignored: readonly string[];
}

/**
 * Reads the state dict of the reference DLRM (`emb_l.k.weight`, `bot_l.*`, `top_l.*`; tables may be FBTT's, `emb_l.k.tt_cores.*`)
 * from a safetensors or `torch.save` file. Each weight is read when it is loaded. The file does not hold activations: layers are
 * taken to have the reference's default, ReLU between layers and a sigmoid at the end.
 *
 * @throws `interop/no-dlrm`, `…/bad-mlp`, `…/bad-table`, `…/bad-names`, `…/unknown-interaction`, `…/unknown-option`, `…/bad-option`, what `readFbtt` throws, and the error of
 *   a tensor of the model that cannot be read
 */
export async function readDlrm(file: TensorFile, options: ReadDlrmOptions = {}): Promise<DlrmState> {
  checkArgument(error, 'readDlrm, file', file, 'an open file of tensors', 'name', 'tensors', 'read');
  checkOptions(error, 'readDlrm', options, readDlrmOptions);
  const prefix = options.prefix ?? findPrefix(file);
  for (const part of ['emb_l.', 'bot_l.', 'top_l.']) requireReadable(file, `${prefix}${part}`);
  const bottom = linearLayers(file, `${prefix}bot_l.`);
  const top = linearLayers(file, `${prefix}top_l.`);
  if (top.length === 0) {
    throw error('no-dlrm', { subject: file.name, rule: `must hold ${prefix}top_l.0.weight`, got: 'none' });
  }
  const tables = await readTables(file, { ...options, prefix, embeddingDim: bottom.at(-1)?.outputs });
  const { embeddingDim, specs } = tables;
  if (bottom.length > 0 && bottom.at(-1)!.outputs !== embeddingDim) {
    const rule = `the bottom MLP must end in the ${counted(embeddingDim, 'column')} of the tables`;
    throw error('bad-mlp', { subject: `${file.name}: ${prefix}bot_l`, rule, got: bottom.at(-1)!.outputs });
  }
  if (top.at(-1)!.outputs !== 1) {
    const rule = 'the top MLP must end in one number';
    throw error('bad-mlp', { subject: `${file.name}: ${prefix}top_l`, rule, got: top.at(-1)!.outputs });
  }
  const tensors: LoadableTensor[] = [];
  const used = new Set(tables.used);
  for (const [part, layers] of [
    ['bottom', bottom],
    ['top', top],
  ] as const) {
    layers.forEach((_, i) => {
      for (const what of ['weight', 'bias']) {
        const name = `${prefix}${torchMlpName(part, i, what)}`;
        tensors.push({
          name: `${part}.${i}.${what}`,
          dtype: 'F32',
          shape: file.tensors.get(name)!.shape,
          data: () => readFloats(file, name),
        });
        used.add(name);
      }
    });
  }
  const interaction = inferInteraction(
    file.name,
    { width: top[0]!.inputs, features: specs.length, embeddingDim, hasDense: bottom.length > 0 },
    options.interaction,
  );
  return {
    config: {
      denseFeatures: bottom[0]?.inputs ?? 0,
      embeddingDim,
      tables: specs,
      features: specs.map(({ name }) => name),
      bottomMlp: bottom.slice(0, -1).map(({ outputs }) => outputs),
      topMlp: top.slice(0, -1).map(({ outputs }) => outputs),
      interaction,
      optimizer: options.optimizer ?? { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } },
      seed: options.seed ?? 0,
    },
    state: stateReader([...tensors, ...tables.tensors], file.name),
    rows: tables.rows,
    caches: tables.caches,
    ignored: [...file.tensors.keys(), ...file.unreadable.keys()].filter((name) => !used.has(name)),
  };
}
