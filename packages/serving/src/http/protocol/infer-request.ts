import { counted, didYouMean } from '@ttrec/core';
import { badRequest } from '../http-error.ts';
import { binaryTensor } from './binary-tensor.ts';
import { fieldsOf, listOf, objectOf, parseBody } from './body.ts';
import { datatypes, tensorOf, type Tensor } from './tensor.ts';

export const outputNames = ['probabilities', 'logits'] as const;
export type OutputName = (typeof outputNames)[number];

export interface RequestedOutput {
  readonly name: OutputName;
  readonly binary: boolean;
}

/** An inference request of the Open Inference Protocol, checked. */
export interface InferRequest {
  readonly id: string | undefined;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly RequestedOutput[];
  /** Inputs of first extent 1 stand for every row. */
  readonly broadcast: boolean;
}

/** No input has more axes than two; the limit keeps hostile shapes short. */
const MAX_AXES = 8;

/**
 * Reads the body of an inference request.
 *
 * @param headerLength bytes of the JSON at its beginning, if binary tensors follow
 * @throws HttpError with status 400
 */
export function parseInferRequest(body: Uint8Array, headerLength: number | undefined): InferRequest {
  const json = parseBody(headerLength === undefined ? body : body.subarray(0, headerLength));
  const parameters = fieldsOf(json['parameters'], 'parameters');
  checkTimeout(parameters['timeout']);
  const binary = { data: body, at: headerLength ?? body.length };
  const inputs = listOf(json['inputs'], 'inputs').map((input, i) => parseInput(input, i, binary));
  if (binary.at !== body.length) {
    throw badRequest('request body', 'must end after the binary data of its inputs', {
      got: counted(body.length - binary.at, 'more byte'),
    });
  }
  const twice = inputs.find(({ name }, i) => inputs.findIndex((other) => other.name === name) !== i);
  if (twice) throw badRequest(`input "${twice.name}"`, 'must be given once');
  return {
    id: optional(json['id'], 'id', 'string'),
    inputs,
    outputs: parseOutputs(
      json['outputs'],
      optional(parameters['binary_data_output'], 'parameters.binary_data_output', 'boolean') ?? false,
    ),
    broadcast: optional(parameters['broadcast'], 'parameters.broadcast', 'boolean') ?? false,
  };
}

function parseInput(
  value: unknown,
  index: number,
  binary: { readonly data: Uint8Array; at: number },
): Tensor {
  const input = objectOf(value, `inputs[${index}]`);
  const { name, datatype, shape, data } = input;
  if (typeof name !== 'string' || name === '')
    throw badRequest(`inputs[${index}].name`, 'must be a string', { got: name });
  const place = `input "${name}"`;
  if (typeof datatype !== 'string' || !datatypes.includes(datatype)) {
    throw badRequest(`${place}, datatype`, `must be one of ${datatypes.join(', ')}`, {
      got: datatype,
      hint: didYouMean(datatype, datatypes),
    });
  }
  const extents = listOf(shape, `${place}, shape`);
  if (extents.length === 0 || extents.length > MAX_AXES || !extents.every(isExtent)) {
    throw badRequest(`${place}, shape`, `must have 1 to ${MAX_AXES} integers from 0`, { got: shape });
  }
  const parameters = fieldsOf(input['parameters'], `${place}, parameters`);
  const size = parameters['binary_data_size'];
  if (size === undefined) return tensorOf(name, datatype, extents, listOf(data, `${place}, data`));
  if (!isExtent(size) || binary.at + size > binary.data.length) {
    throw badRequest(
      `${place}, parameters.binary_data_size`,
      `must be at most the ${counted(binary.data.length - binary.at, 'byte')} that follow`,
      {
        got: size,
        hint: 'The header Inference-Header-Content-Length gives the bytes of the JSON.',
      },
    );
  }
  if (data !== undefined) throw badRequest(`${place}, data`, 'must be left out with binary_data_size');
  binary.at += size;
  return binaryTensor(name, datatype, extents, binary.data.subarray(binary.at - size, binary.at));
}

function parseOutputs(value: unknown, binaryByDefault: boolean): RequestedOutput[] {
  const wanted = value === undefined ? outputNames.map((name) => ({ name })) : listOf(value, 'outputs');
  const outputs = wanted.map((each, i) => {
    const output = objectOf(each, `outputs[${i}]`);
    const name = output['name'] as OutputName;
    if (!outputNames.includes(name)) {
      throw badRequest(`outputs[${i}].name`, `must be one of ${outputNames.join(', ')}`, {
        got: name,
        hint: didYouMean(name, outputNames),
      });
    }
    const parameters = fieldsOf(output['parameters'], `output "${name}", parameters`);
    return {
      name,
      binary:
        optional(parameters['binary_data'], `output "${name}", parameters.binary_data`, 'boolean') ??
        binaryByDefault,
    };
  });
  if (new Set(outputs.map(({ name }) => name)).size < outputs.length)
    throw badRequest('outputs', 'must name each output once');
  return outputs.length > 0 ? outputs : parseOutputs(undefined, binaryByDefault);
}

/** Who queues the request has looked at it. */
function checkTimeout(value: unknown): void {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0)) return;
  throw badRequest('parameters.timeout', 'must be an integer of microseconds', { got: value });
}

function isExtent(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function optional(value: unknown, subject: string, type: 'string'): string | undefined;
function optional(value: unknown, subject: string, type: 'boolean'): boolean | undefined;
function optional(value: unknown, subject: string, type: 'string' | 'boolean'): unknown {
  if (value === undefined || typeof value === type) return value;
  throw badRequest(subject, type === 'string' ? 'must be a string' : 'must be true or false', { got: value });
}
