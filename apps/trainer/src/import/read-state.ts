import { counted } from '@ttrec/core';
import type { TensorFile } from '@ttrec/tensor-files';
import type { Dataset } from '@ttrec/data';
import { readDlrm, type DlrmState, type ReadDlrmOptions } from '@ttrec/interop';
import type { TrainConfig } from '@ttrec/training/config';
import { error } from '../error.ts';
import type { ShapesFile } from './shapes-file.ts';

/** A model that was read, and fits some data. */
export interface ImportedState extends DlrmState {
  /**
   * The config that will run: widths and interaction are the model's, and so is the form of a table that the file has as a tensor train,
   * with rows beside it or without, unless `byName` says another.
   * @param written the config as written, which must not contradict the model
   * @throws `trainer/import-differs`
   */
  effectiveConfig(config: TrainConfig, written: unknown): TrainConfig;
}

interface ReadStateOptions extends Pick<ReadDlrmOptions, 'prefix' | 'cachedRows'> {
  readonly dataset: Dataset;
  readonly shapes: ShapesFile;
}

/**
 * Reads a DLRM whose `emb_l.k` is the table of the data's k-th feature.
 * @throws `trainer/import-differs` when the data has other features or tables of other sizes, and what `readDlrm` throws
 */
export async function readState(file: TensorFile, options: ReadStateOptions): Promise<ImportedState> {
  const { dataset, shapes, ...rest } = options;
  const { features, dense } = dataset.schema;
  const fbtt = Object.fromEntries(
    features.map(({ numEmbeddings }, k) => [k, { numEmbeddings, ...shapes[k] }] as const),
  );
  const tableNames = features.map(({ name }) => name);
  const differs = (what: string, rule: string, got: unknown) =>
    error('import-differs', { subject: `${file.name}, ${what}`, rule, got });
  const stored = [...file.tensors.keys(), ...file.unreadable.keys()].filter(
    (name) => name.startsWith(rest.prefix ?? '') && /(^|\.)emb_l\.\d+\.(weight|tt_cores\.0)$/.test(name),
  );
  if (stored.length !== features.length) {
    const rule = `must be one for each of the ${counted(features.length, 'feature')} of the data`;
    throw differs('emb_l', rule, counted(stored.length, 'table'));
  }
  const state = await readDlrm(file, { ...rest, tableNames, fbtt });
  if (state.config.denseFeatures !== dense.length) {
    throw differs(
      'bot_l',
      `must take the ${dense.length} dense columns of the data`,
      state.config.denseFeatures,
    );
  }
  state.config.tables.forEach(({ numEmbeddings }, k) => {
    if (numEmbeddings === features[k]!.numEmbeddings) return;
    const rule = `must have the ${counted(features[k]!.numEmbeddings, 'row')} of feature "${features[k]!.name}" of the data`;
    throw differs(`emb_l.${k}`, rule, numEmbeddings);
  });
  requireOwnTables(file, dataset);
  return {
    ...state,
    effectiveConfig: (config, written) => effectiveConfig(file, state, { config, written }),
  };
}

/** A PyTorch DLRM has a table for each feature; features of one table would need its rows to be the same. */
function requireOwnTables(file: TensorFile, { schema }: Dataset): void {
  const shared = schema.features.find(({ name, table }) => name !== table);
  if (shared === undefined) return;
  throw error('import-differs', {
    subject: `${file.name}, emb_l`,
    rule: 'has a table for each feature, and so must the data',
    got: `feature "${shared.name}" in table "${shared.table}"`,
    hint: `Give each feature of the config a table of its own name.`,
  });
}

function effectiveConfig(
  file: TensorFile,
  { config: model }: DlrmState,
  { config, written }: { readonly config: TrainConfig; readonly written: unknown },
): TrainConfig {
  const { embeddingDim, interaction } = model;
  const own = { embeddingDim, bottomMlp: [...model.bottomMlp], topMlp: [...model.topMlp] };
  const said = (written as { readonly model?: Readonly<Record<string, unknown>> }).model ?? {};
  for (const [field, value] of Object.entries({ ...own, interaction })) {
    const wanted = config.model[field as keyof typeof own];
    if (!(field in said) || JSON.stringify(wanted) === JSON.stringify(value)) continue;
    throw error('import-differs', {
      subject: `model.${field} of the config`,
      rule: `must be ${JSON.stringify(value)}, as in ${file.name}, or be left out`,
      got: wanted,
    });
  }
  const { byName = {} } = config.model.tables;
  const trains = model.tables.filter(
    (table) => table.config.kind !== 'dense' && !Object.hasOwn(byName, table.name),
  );
  const kept = Object.fromEntries(trains.map((table) => [table.name, table.config]));
  const tables = { ...config.model.tables, byName: { ...byName, ...kept } };
  const selfInteraction =
    interaction.kind === 'dot' ? { selfInteraction: interaction.selfInteraction ?? false } : {};
  return {
    ...config,
    model: {
      ...config.model,
      ...own,
      interaction: { ...interaction, ...selfInteraction } as TrainConfig['model']['interaction'],
      tables,
    },
  };
}
