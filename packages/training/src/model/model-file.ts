import type { Backend } from '@ttrec/backend';
import { readJson } from '@ttrec/core/json';
import { checkArgument, checkList, checkObject } from '@ttrec/core/options';
import type { DatasetSchema } from '@ttrec/data';
import { decodeEncoding, encodingBytes, type Encoding } from '@ttrec/data/encoding';
import { Dlrm, ScoringDlrm, type DlrmConfig, type DlrmOptions } from '@ttrec/dlrm';
import type { StateReader, TableSpec } from '@ttrec/embeddings';
import type { TableKind } from '@ttrec/embeddings/kind';
import { streamSafetensors, type TensorFile, type TensorSource } from '@ttrec/tensor-files/safetensors';
import { error } from '../error.ts';
import type { StoredModel } from './stored-model.ts';

const FORMAT = 'ttrec-model-1';
/** The tensor of the encoding's bytes; those of a model are named `bottom.…`, `top.…` and `table.…`. */
const ENCODING = 'encoding';

export interface EncodeModelOptions {
  /** What reads rows for the model, such as the dataset that it was trained on: its columns, and their encoding where it has one. */
  readonly data?: { readonly schema: DatasetSchema; readonly encoding?: Encoding | undefined } | undefined;
  /** The training step of the weights. */
  readonly step?: number | undefined;
  /** Also encodes what only further training needs: optimizer state and counters. False by default. */
  readonly training?: boolean | undefined;
  /** Texts of your own, beside the config. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

export interface DecodeModelOptions {
  readonly backend: Backend;
  /** Kinds of your own that its tables are of. */
  readonly kinds?: readonly TableKind[] | undefined;
  /** Whether the model keeps its optimizer state, which scoring has no use for; true by default. */
  readonly training?: boolean | undefined;
}

/** What a model file says beside its weights. */
export interface ModelDescription {
  readonly config: DlrmConfig;
  readonly schema: DatasetSchema | undefined;
  readonly step: number | undefined;
}

/** Updates without state, so that none is allocated. */
export const STATELESS: DlrmConfig['optimizer'] = { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } };

/** The tensors and the metadata of a model file, for writers of several files. */
export async function modelFileParts(
  model: Dlrm,
  { data, step, training, metadata }: EncodeModelOptions = {},
): Promise<{ readonly tensors: TensorSource[]; readonly metadata: Record<string, string> }> {
  checkArgument(error, 'encodeModel, model', model, 'a Dlrm', 'config', 'state', 'embeddings');
  const state = model.state();
  const tensors: TensorSource[] = state.filter(({ role }) => role === 'model');
  const onlyTraining = training === true ? state.filter(({ role }) => role === 'training') : [];
  if (data?.encoding) {
    const bytes = await joined(encodingBytes(data.encoding));
    tensors.push({ name: ENCODING, dtype: 'U8', shape: [bytes.length], data: bytes });
  }
  // Those that only training needs come last among those of their dtype, so that readers over a network can leave them out.
  tensors.push(...onlyTraining);
  return {
    tensors,
    metadata: {
      ...metadata,
      format: FORMAT,
      config: JSON.stringify({ ...model.config, tables: model.config.tables.map(withoutKinds) }),
      ...(data && { schema: JSON.stringify(data.schema) }),
      ...(step !== undefined && { step: String(step) }),
      ...(onlyTraining.length > 0 && {
        trainingTensors: JSON.stringify(onlyTraining.map(({ name }) => name)),
      }),
    },
  };
}

/** Kinds are code: who opens the file brings them. */
function withoutKinds(table: TableSpec): TableSpec {
  return { ...table, kinds: undefined };
}

/**
 * A model as the bytes of a safetensors file: weights, the config in the metadata, and what reads its rows. `name` is what errors call the
 * file.
 */
export async function* encodeModel(
  model: Dlrm,
  options: EncodeModelOptions = {},
  name?: string,
): AsyncGenerator<Uint8Array> {
  const { tensors, metadata } = await modelFileParts(model, options);
  yield* streamSafetensors(tensors, metadata, name);
}

/** What a model file says of itself, its weights unread. @throws `training/not-a-model` */
export function describeModel(file: Pick<TensorFile, 'name' | 'metadata'>): ModelDescription {
  checkArgument(error, 'describeModel, file', file, 'an open file of tensors', 'name', 'metadata');
  const { format, config, schema, step } = file.metadata;
  if (format !== FORMAT || config === undefined) throw notAModel(file.name, format);
  return {
    config: objectIn(file.name, 'config', config) as DlrmConfig,
    schema: schema === undefined ? undefined : (objectIn(file.name, 'schema', schema) as DatasetSchema),
    step: step === undefined ? undefined : Number(step),
  };
}

/**
 * The model that a file of `encodeModel` holds.
 *
 * @throws `training/not-a-model`, and what `Dlrm` and `Dlrm.loadState` throw; nothing stays allocated then
 */
export function decodeModel(file: TensorFile, options: DecodeModelOptions): Promise<Dlrm> {
  return loadedModel(file, options, (config) => new Dlrm(config));
}

async function loadedModel<Model extends ScoringDlrm>(
  file: TensorFile,
  { backend, kinds, training = true }: DecodeModelOptions,
  create: (options: DlrmOptions) => Model,
): Promise<Model> {
  const { config } = describeModel(file);
  checkList(error, 'not-a-model', `${file.name}, metadata config, tables`, config.tables);
  const tables = kinds ? config.tables.map((table) => ({ ...table, kinds })) : config.tables;
  const model = create({ backend, ...config, ...(training ? {} : { optimizer: STATELESS }), tables });
  try {
    await model.loadState(modelState(file), {
      allowMissing: 'training',
      allowUnknown: !training,
      ...(!training && { select: ({ role }) => role === 'model' }),
    });
    return model;
  } catch (thrown) {
    model.dispose();
    throw thrown;
  }
}

/** The state of the model in a file, without what else is there. */
export function modelState(file: TensorFile): StateReader {
  checkArgument(error, 'modelState, file', file, 'an open file of tensors', 'name', 'tensors', 'read');
  const tensors = new Map(file.tensors);
  tensors.delete(ENCODING);
  return {
    name: file.name,
    tensors,
    unreadable: file.unreadable,
    read: (name) => file.read(name),
  };
}

/** The encoding in a model file, or undefined. @throws `data/bad-encoding` */
export async function encodingIn(file: TensorFile): Promise<Encoding | undefined> {
  checkArgument(error, 'encodingIn, file', file, 'an open file of tensors', 'name', 'tensors', 'read');
  if (!file.tensors.has(ENCODING)) return undefined;
  return decodeEncoding((await file.read(ENCODING)) as Uint8Array, `${file.name}, encoding`);
}

/**
 * The model of a file of `encodeModel` with what reads its rows.
 *
 * @throws `training/no-columns` for a model that was saved without `data`, and what `decodeModel` throws
 */
export function decodeStoredModel(file: TensorFile, options: DecodeModelOptions): Promise<StoredModel> {
  return stored(file, () => decodeModel(file, options));
}

/** The same for a program that only scores, without the code that trains. Throws the same errors. */
export function decodeScoringModel(
  file: TensorFile,
  options: Omit<DecodeModelOptions, 'training'>,
): Promise<StoredModel<ScoringDlrm>> {
  const scoring = { ...options, training: false };
  return stored(file, () => loadedModel(file, scoring, (config) => new ScoringDlrm(config)));
}

async function stored<Model extends ScoringDlrm>(
  file: TensorFile,
  decode: () => Promise<Model>,
): Promise<StoredModel<Model>> {
  const { schema, step } = describeModel(file);
  if (schema === undefined) {
    throw error('no-columns', {
      subject: file.name,
      rule: 'must say which columns its rows have',
      got: 'a model alone',
      hint: 'Save it with { data }, the dataset that it was trained on.',
    });
  }
  const encoding = await encodingIn(file);
  return { model: await decode(), schema, encoding, step };
}

async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const list: Uint8Array[] = [];
  for await (const chunk of chunks) list.push(chunk);
  const bytes = new Uint8Array(list.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of list) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function objectIn(path: string, key: string, text: string): object {
  const subject = `${path}, metadata ${key}`;
  const value = readJson(error, 'not-a-model', subject, text);
  checkObject(error, 'not-a-model', subject, value);
  return value as object;
}

function notAModel(path: string, got: string | undefined): Error {
  return error('not-a-model', {
    subject: path,
    rule: `the metadata must have the format ${FORMAT} and a config`,
    got,
    hint: 'saveModel and encodeModel write such files.',
  });
}
