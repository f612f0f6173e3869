import { deflateSync, gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { clickRows, temporaryFolder, trainedRun } from '../trained-run.ts';
import { serveRun, type Served } from './served-run.ts';

// Requests as tritonclient.http 2.73 writes them: `InferenceServerClient.infer` joins the JSON and the bytes of the tensors, in the order of
// the inputs, and says in Inference-Header-Content-Length where the JSON ends. Without `outputs` it asks for binary ones.

const rows = clickRows(3);
let served: Served;

beforeAll(async () => {
  served = await serveRun(await trainedRun(temporaryFolder()));
});

/** numpy's `tobytes` of an object array, as `serialize_byte_tensor` writes it. */
function byteTensor(values: readonly string[]): Uint8Array {
  return Buffer.concat(
    values.map((value) => {
      const bytes = Buffer.from(value, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return Buffer.concat([length, bytes]);
    }),
  );
}

function binaryRequest(
  head: object,
  tensors: readonly { name: string; datatype: string; shape: number[]; bytes: Uint8Array }[],
) {
  const inputs = tensors.map(({ name, shape, datatype, bytes }) => ({
    name,
    shape,
    datatype,
    parameters: { binary_data_size: bytes.length },
  }));
  const json = Buffer.from(JSON.stringify({ ...head, inputs }));
  const body = Buffer.concat([json, ...tensors.map(({ bytes }) => bytes)]);
  return { body, headers: { 'inference-header-content-length': String(json.length) } };
}

const text = ['age', 'price', 'user', 'item', 'tags'].map((name) => ({
  name,
  datatype: 'BYTES',
  shape: [3],
  bytes: byteTensor(rows.map((row) => String(row[name]))),
}));

test('reads binary inputs and writes binary outputs, which is the default of the client', async () => {
  const { body, headers } = binaryRequest({ id: '7', parameters: { binary_data_output: true } }, text);
  const answer = await served.send('/v2/models/clicks/infer', new Uint8Array(body), headers);
  expect(answer.status).toBe(200);
  const length = Number(answer.headers.get('inference-header-content-length'));
  const json = JSON.parse(new TextDecoder().decode(answer.bytes.subarray(0, length)));
  const output = (name: string) => ({
    name,
    shape: [3],
    datatype: 'FP32',
    parameters: { binary_data_size: 12 },
  });
  expect(json).toEqual({
    model_name: 'clicks',
    model_version: 'run@12',
    id: '7',
    outputs: [output('probabilities'), output('logits')],
  });
  const floats = new Float32Array(answer.bytes.slice(length).buffer);
  const { logits, probabilities } = await served.ranker.score(rows);
  expect([...floats]).toEqual([...Float32Array.from(probabilities), ...logits]);
});

test('mixes binary and JSON: ids of the ONNX export, one output in JSON', async () => {
  const ids = (name: string, values: readonly number[]) => ({
    name,
    datatype: 'INT64',
    shape: [values.length],
    bytes: Buffer.from(BigInt64Array.from(values, BigInt).buffer),
  });
  const { body, headers } = binaryRequest(
    { outputs: [{ name: 'logits', parameters: { binary_data: false } }] },
    [
      {
        name: 'dense',
        datatype: 'FP32',
        shape: [2, 2],
        bytes: Buffer.from(Float32Array.of(1, -1, 0.5, 2).buffer),
      },
      ...['user', 'item', 'tags'].flatMap((name, f) => [
        ids(`${name}.indices`, [f + 1, 2 * f + 3]),
        ids(`${name}.offsets`, [0, 1, 2]),
      ]),
    ],
  );
  const { json } = await served.send('/v2/models/clicks/infer', new Uint8Array(body), headers);
  const bag = (f: number) => ({
    indices: Uint32Array.of(f + 1, 2 * f + 3),
    offsets: Uint32Array.of(0, 1, 2),
  });
  const { logits } = await served.ranker.scoreEncoded({
    size: 2,
    dense: Float32Array.of(1, -1, 0.5, 2),
    features: [bag(0), bag(1), bag(2)],
  });
  expect(json.outputs).toEqual([{ name: 'logits', shape: [2], datatype: 'FP32', data: [...logits] }]);
});

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
])('reads bodies that the client compressed: %s', async (encoding, compress) => {
  const { body, headers } = binaryRequest({ outputs: [{ name: 'logits' }] }, text);
  const { json } = await served.send('/v2/models/clicks/infer', new Uint8Array(compress(body)), {
    ...headers,
    'content-encoding': encoding,
  });
  expect(json.outputs[0]!.data).toEqual([...(await served.ranker.score(rows)).logits]);
});

test.each<[string, object, string]>([
  [
    'lengths past the end',
    { bytes: Uint8Array.of(9, 0, 0, 0, 65) },
    'must be elements with the length of each in four bytes before it',
  ],
  [
    'bytes that are not UTF-8',
    { bytes: Uint8Array.of(1, 0, 0, 0, 0xff), shape: [1] },
    'input "age", data[0]: must be UTF-8',
  ],
  [
    'a number of elements that the shape does not have',
    { shape: [4] },
    'must have 4 elements, for shape [4], got 3',
  ],
  ['half an element', { datatype: 'FP64', bytes: new Uint8Array(12) }, 'must be a multiple of 8'],
  [
    'infinite numbers',
    { datatype: 'FP32', shape: [1], bytes: Buffer.from(Float32Array.of(Infinity).buffer) },
    'must be finite, got Infinity',
  ],
  [
    'integers past 2^53',
    { datatype: 'INT64', shape: [1], bytes: Buffer.from(BigInt64Array.of(2n ** 60n).buffer) },
    'must be from -(2^53 - 1) to 2^53 - 1',
  ],
  ['FP16', { datatype: 'FP16', shape: [1], bytes: new Uint8Array(2) }, 'must be sent as JSON'],
])('refuses %s', async (_, change, words) => {
  const { body, headers } = binaryRequest(
    {},
    text.map((each, i) => (i === 0 ? { ...each, ...change } : each)),
  );
  const { status, json } = await served.send('/v2/models/clicks/infer', new Uint8Array(body), headers);
  expect([status, json.error]).toEqual([400, expect.stringContaining(words)]);
});

// The other calls of the client, with the bodies that it sends.
test.each<[string, string, string | undefined, unknown]>([
  [
    'get_model_repository_index',
    '/v2/repository/index',
    '',
    [{ name: 'clicks', version: 'run@12', state: 'READY', reason: '' }],
  ],
  ['load_model', '/v2/repository/models/clicks/load', '{}', { name: 'clicks', versions: ['run@12'] }],
  [
    'get_inference_statistics',
    '/v2/models/clicks/versions/run@12/stats',
    undefined,
    { model_stats: [expect.objectContaining({ name: 'clicks' })] },
  ],
  [
    'unload_model',
    '/v2/repository/models/clicks/unload',
    '{"parameters":{"unload_dependents":false}}',
    { name: 'clicks' },
  ],
  [
    'get_model_repository_index after it',
    '/v2/repository/index',
    '{}',
    [{ name: 'clicks', state: 'UNAVAILABLE', reason: 'unloaded' }],
  ],
])('%s', async (_, path, body, expected) => {
  const { status, json } = await served.send(path, body);
  expect([status, json]).toEqual([200, expected]);
});
