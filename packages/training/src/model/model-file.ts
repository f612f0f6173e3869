import type { Backend } from '@ttrec/backend';
import { Dlrm, type DlrmConfig } from '@ttrec/dlrm';
import type { TableKind } from '@ttrec/embeddings';
import { streamSafetensors, type TensorFile } from '@ttrec/tensor-files/safetensors';
import { error } from '../error.ts';

const FORMAT = 'ttrec-model-1';

export interface EncodeModelOptions {
  /** Also encodes what only further training needs: optimizer state and counters. False by default. */
  readonly training?: boolean | undefined;
  /** Texts of your own, beside the config. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

export interface DecodeModelOptions {
  readonly backend: Backend;
  /** Kinds of your own that its tables are of. */
  readonly kinds?: readonly TableKind[] | undefined;
}

/** A model as the bytes of a safetensors file, with its config in the metadata. `name` is what errors call the file. */
export function encodeModel(
  model: Dlrm,
  options: EncodeModelOptions = {},
  name?: string,
): AsyncIterable<Uint8Array> {
  const tensors = model.state().filter(({ role }) => options.training === true || role === 'model');
  const metadata = { ...options.metadata, format: FORMAT, config: JSON.stringify(model.config) };
  return streamSafetensors(tensors, metadata, name);
}

/**
 * The model that a safetensors file of `encodeModel` holds.
 *
 * @throws `training/not-a-model`, and what `Dlrm` and `Dlrm.loadState` throw
 */
export async function decodeModel(file: TensorFile, { backend, kinds }: DecodeModelOptions): Promise<Dlrm> {
  const { format, config } = file.metadata;
  if (format !== FORMAT || config === undefined) throw notAModel(file.name, format);
  const saved = JSON.parse(config) as DlrmConfig;
  const tables = kinds ? saved.tables.map((table) => ({ ...table, kinds })) : saved.tables;
  const model = new Dlrm({ backend, ...saved, tables });
  try {
    await model.loadState(file, { allowMissing: 'training' });
    return model;
  } catch (thrown) {
    model.dispose();
    throw thrown;
  }
}

function notAModel(path: string, got: string | undefined): Error {
  return error('not-a-model', {
    subject: path,
    rule: `the metadata must have the format ${FORMAT} and a config`,
    got,
    hint: 'saveModel and encodeModel write such files.',
  });
}
