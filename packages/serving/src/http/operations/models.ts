import type { Call } from '../call.ts';
import { badRequest, httpError } from '../http-error.ts';
import { jsonAnswer, textAnswer, type HttpAnswer } from '../protocol/infer-answer.ts';
import { outputNames } from '../protocol/infer-request.ts';
import { encodedNames } from '../protocol/model-input.ts';
import { fieldsOf, parseBody, readBody, type Fields } from '../protocol/body.ts';

/** What `GET /v2` lists, of Triton's extensions. */
const EXTENSIONS = ['binary_tensor_data', 'model_configuration', 'model_repository', 'statistics'];

export function serverMetadata({ name, version }: Call): HttpAnswer {
  return jsonAnswer({ name, version, extensions: EXTENSIONS });
}

export function ready({ repository }: Call): HttpAnswer {
  const isReady = repository.isReady;
  return jsonAnswer({ ready: isReady, live: true }, isReady ? 200 : 503);
}

/** All columns of raw values, and the tensors of the ONNX export: a request has either. */
function inputsOf({ inputs }: ReturnType<Call['repository']['find']>) {
  const columns = inputs.columns.map(({ name, type, multiValued }) => ({
    name,
    datatype: type === 'number' ? 'FP32' : 'BYTES',
    shape: multiValued ? [-1, -1] : [-1],
  }));
  const tensors = encodedNames(inputs).map((name) =>
    name === 'dense'
      ? { name, datatype: 'FP32', shape: [-1, inputs.denseFeatures] }
      : { name, datatype: 'INT64', shape: [-1] },
  );
  const names = new Set(columns.map(({ name }) => name));
  return [...columns, ...tensors.filter(({ name }) => !names.has(name))];
}

const outputs = outputNames.map((name) => ({ name, datatype: 'FP32', shape: [-1] }));

/** Types of Triton's configuration, by the datatypes of the protocol. */
const configTypes = { FP32: 'TYPE_FP32', INT64: 'TYPE_INT64', BYTES: 'TYPE_STRING' };

/** Triton's view of a model. The first extent of its inputs is the number of rows, so that no batch dimension is added: `max_batch_size` 0. */
export function modelConfig({ repository, parameters }: Call): HttpAnswer {
  const { model, version } = parameters;
  const served = repository.find(model!, version);
  const tensor = ({ name, datatype, shape }: { name: string; datatype: string; shape: number[] }) => {
    return { name, data_type: configTypes[datatype as keyof typeof configTypes], dims: shape };
  };
  return jsonAnswer({
    name: served.name,
    platform: 'ttrec',
    max_batch_size: 0,
    input: inputsOf(served).map((input) => ({ ...tensor(input), optional: true })),
    output: outputs.map(tensor),
  });
}

export function modelMetadata({ repository, parameters }: Call): HttpAnswer {
  const { model, version } = parameters;
  const served = repository.find(model!, version);
  return jsonAnswer({
    name: served.name,
    versions: repository.versions(model!).map((each) => each.version),
    platform: 'ttrec',
    inputs: inputsOf(served),
    outputs,
  });
}

export function modelReady({ repository, parameters }: Call): HttpAnswer {
  const { model, version } = parameters;
  const loaded = version === undefined ? repository.versions(model!) : [repository.find(model!, version)];
  const isReady = loaded.length > 0;
  return jsonAnswer({ name: model, ready: isReady }, isReady ? 200 : 503);
}

export function statistics({ repository, parameters }: Call): HttpAnswer {
  const { model, version } = parameters;
  const names = model === undefined ? repository.names : [model];
  const served = names.flatMap((name) =>
    version === undefined ? repository.versions(name) : [repository.find(name, version)],
  );
  return jsonAnswer({
    model_stats: served.map((each) => ({
      name: each.name,
      version: each.version,
      ...each.batcher.statistics.toJSON(),
    })),
  });
}

export async function repositoryIndex(call: Call): Promise<HttpAnswer> {
  const { ready: wanted = false } = await optionalBody(call);
  if (typeof wanted !== 'boolean') throw badRequest('ready', 'must be true or false', { got: wanted });
  return jsonAnswer(call.repository.index().filter(({ state }) => !wanted || state === 'READY'));
}

export async function load(call: Call): Promise<HttpAnswer> {
  const { parameters } = await optionalBody(call);
  const { checkpoint, ...others } = fieldsOf(parameters, 'parameters');
  if (
    checkpoint !== undefined &&
    (typeof checkpoint !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(checkpoint))
  ) {
    throw badRequest('parameters.checkpoint', 'must be latest, best or the name of a checkpoint', {
      got: checkpoint,
    });
  }
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw badRequest('parameters', 'takes only checkpoint', { got: unknown });
  const name = call.parameters['model']!;
  await call.repository.load(name, { checkpoint });
  return jsonAnswer({ name, versions: call.repository.versions(name).map(({ version }) => version) });
}

export async function unload({ repository, parameters }: Call): Promise<HttpAnswer> {
  await repository.unload(parameters['model']!);
  return jsonAnswer({ name: parameters['model'] });
}

export async function metrics({ metrics: exposition }: Call): Promise<HttpAnswer> {
  if (!exposition)
    throw httpError(404, 'no-metrics', { subject: '/metrics', rule: 'must be set up by the server' });
  const { type, text } = await exposition();
  return textAnswer(text, type);
}

async function optionalBody(call: Call): Promise<Fields> {
  const body = await readBody(call);
  return body.length === 0 ? {} : parseBody(body);
}
