import { Validator } from '@seriousme/openapi-schema-validator';
import type { RawRow } from '@ttrec/data/encoding';
import { beforeAll, describe, expect, test } from 'vitest';
import { clickRows, temporaryFolder, trainedRun } from '../trained-run.ts';
import { schemas } from './protocol-schema.ts';
import { serveRun, tensor, type AnswerJson, type Served } from './served-run.ts';

const rows = clickRows(50);
const folder = temporaryFolder();
let served: Served;

beforeAll(async () => {
  served = await serveRun(await trainedRun(folder));
});

const values = (name: string, of: readonly RawRow[] = rows) => of.map((row) => row[name]!);
const columns = (of: readonly RawRow[] = rows) =>
  ['age', 'price', 'user', 'item', 'tags'].map((name) =>
    tensor(name, 'BYTES', [of.length], values(name, of)),
  );
const infer = '/v2/models/clicks/infer';
const outputs = (json: Pick<AnswerJson, 'outputs'>) =>
  Object.fromEntries(json.outputs.map(({ name, data }) => [name, data]));

describe('what a server and its models are', () => {
  test.each([
    [
      '/v2',
      'serverMetadata',
      {
        name: 'ttrec',
        extensions: ['binary_tensor_data', 'model_configuration', 'model_repository', 'statistics'],
      },
    ],
    ['/v2/', 'serverMetadata', {}],
    ['/v2/health/live', 'live', { live: true }],
    ['/v2/health/ready', 'live', { live: true, ready: true }],
    ['/v2/models/clicks/ready', 'modelReady', { name: 'clicks', ready: true }],
    ['/v2/models/clicks/versions/run@12/ready', 'modelReady', { ready: true }],
    ['/v2/models/clicks/versions/run%4012', 'modelMetadata', { versions: ['run@12'], platform: 'ttrec' }],
    ['/v2/models/clicks/stats', 'statistics', {}],
    ['/v2/models/stats', 'statistics', {}],
    ['/v1/models/clicks', 'modelReady', { name: 'clicks', ready: true }],
  ] as const)('%s', async (path, schema, part) => {
    const { status, json } = await served.send(path);
    expect(status).toBe(200);
    expect(schemas[schema].parse(json)).toMatchObject(part);
  });

  test('inputs are the columns and the tensors of the ONNX export', async () => {
    const { json } = await served.send('/v2/models/clicks');
    expect(schemas.modelMetadata.parse(json).inputs).toEqual([
      { name: 'age', datatype: 'FP32', shape: [-1] },
      { name: 'price', datatype: 'FP32', shape: [-1] },
      { name: 'user', datatype: 'BYTES', shape: [-1] },
      { name: 'item', datatype: 'BYTES', shape: [-1] },
      { name: 'tags', datatype: 'BYTES', shape: [-1, -1] },
      { name: 'dense', datatype: 'FP32', shape: [-1, 2] },
      ...['user', 'item', 'tags'].flatMap((name) => [
        { name: `${name}.indices`, datatype: 'INT64', shape: [-1] },
        { name: `${name}.offsets`, datatype: 'INT64', shape: [-1] },
      ]),
    ]);
  });

  test.each(['/v2/models/clicks', '/v2/models/clicks/versions/run@12'])(
    '%s/config is the metadata in the words of Triton',
    async (path) => {
      const { inputs, outputs } = schemas.modelMetadata.parse((await served.send(path)).json);
      const types = { FP32: 'TYPE_FP32', INT64: 'TYPE_INT64', BYTES: 'TYPE_STRING' };
      const words = ({ name, datatype, shape }: { name: string; datatype: string; shape: number[] }) => {
        return { name, data_type: types[datatype as keyof typeof types], dims: shape };
      };
      const { status, json } = await served.send(`${path}/config`);
      expect([status, json]).toEqual([
        200,
        {
          name: 'clicks',
          platform: 'ttrec',
          max_batch_size: 0,
          input: inputs.map((input) => ({ ...words(input), optional: true })),
          output: outputs.map(words),
        },
      ]);
    },
  );

  test('the OpenAPI document is valid and has every path', async () => {
    const { json } = await served.send('/docs');
    expect(await new Validator().validate({ ...json })).toMatchObject({ valid: true });
    for (const path of ['/v2', '/v2/models/{model}/versions/{version}/infer', '/v1/models/{model}:predict'])
      expect(json.paths).toHaveProperty([path]);
  });

  test('HEAD has no body, another method is refused with those allowed', async () => {
    const head = await served.handler.fetch(new Request('http://x/v2', { method: 'HEAD' }));
    expect([head.status, await head.text()]).toEqual([200, '']);
    const refused = await served.send(infer);
    expect([refused.status, refused.headers.get('allow'), refused.json.code]).toEqual([
      405,
      'POST',
      'serving/bad-method',
    ]);
    expect((await served.send('/v1/models/shop:predict')).status).toBe(405);
  });
});

describe('scores have the bits of the ranker', () => {
  test.each([
    ['flat', (of: RawRow[]) => columns(of)],
    [
      'as [B, 1]',
      (of: RawRow[]) =>
        columns(of).map((each) => ({
          ...each,
          shape: [of.length, 1],
          data: each.data.map((value) => [value]),
        })),
    ],
    [
      'numbers as FP64',
      (of: RawRow[]) =>
        columns(of).map((each) =>
          each.name === 'price' ? { ...each, datatype: 'FP64', data: each.data.map(Number) } : each,
        ),
    ],
  ])('raw columns, %s', async (_, inputs) => {
    const request = { id: 'r1', inputs: inputs([...rows]) };
    schemas.inferRequest.parse(request);
    const { status, json } = await served.send(infer, request);
    expect(status).toBe(200);
    const response = schemas.inferResponse.parse(json);
    expect(response).toMatchObject({ model_name: 'clicks', model_version: 'run@12', id: 'r1' });
    const { logits, probabilities } = await served.ranker.score(rows);
    expect(outputs(json)).toEqual({
      logits: [...logits],
      probabilities: [...Float32Array.from(probabilities)],
    });
    expect(new Set(logits).size).toBeGreaterThan(30);
  });

  test('a list of values as [B, values], and null, are those of rows', async () => {
    const some = [0, 1].map((i) => ({ ...rows[i]!, tags: ['tag 1', `tag ${i}`], age: null }));
    const inputs = columns(some).map((each) =>
      each.name === 'tags' ? tensor('tags', 'BYTES', [2, 2], ['tag 1', 'tag 0', 'tag 1', 'tag 1']) : each,
    );
    const { json } = await served.send(infer, { inputs, outputs: [{ name: 'logits' }] });
    expect(outputs(json)).toEqual({ logits: [...(await served.ranker.score(some)).logits] });
  });

  test('one context against candidates, with parameters.broadcast', async () => {
    const context = { user: 'user-3', age: '31' };
    const inputs = columns().map((each) =>
      each.name in context ? tensor(each.name, 'BYTES', [1], [context[each.name as 'user']]) : each,
    );
    const request = { parameters: { broadcast: true }, inputs, outputs: [{ name: 'logits' }] };
    const { json } = await served.send(infer, request);
    const { logits } = await served.ranker.score(rows.map((row) => ({ ...row, ...context })));
    expect(outputs(json)).toEqual({ logits: [...logits] });
    const refused = await served.send(infer, { ...request, parameters: {} });
    expect([refused.status, refused.json.error]).toEqual([
      400,
      '[serving] input "age": must have 50 rows, as other inputs, got 1. Set parameters.broadcast to true to repeat it.',
    ]);
  });

  test.each([false, true])('tensors of the ONNX export (broadcast: %s)', async (broadcast) => {
    const bags = (name: string, one: boolean) => {
      const lists = Array.from({ length: one ? 1 : 6 }, (_, b) =>
        Array.from({ length: name === 'tags' ? b % 3 : 1 }, (_, i) => (b * 5 + i) % 7),
      );
      const ends = lists.map((_, b) => lists.slice(0, b + 1).flat().length);
      return { indices: lists.flat(), offsets: [0, ...ends] };
    };
    const dense = Array.from({ length: broadcast ? 2 : 12 }, (_, i) => Math.fround(Math.sin(i)));
    const features = ['user', 'item', 'tags'].map((name) => ({
      name,
      ...bags(name, broadcast && name === 'user'),
    }));
    const inputs = [
      tensor('dense', 'FP32', [dense.length / 2, 2], dense),
      ...features.flatMap(({ name, indices, offsets }) => [
        tensor(`${name}.indices`, 'INT64', [indices.length], indices),
        tensor(`${name}.offsets`, 'INT64', [offsets.length], offsets),
      ]),
    ];
    const { json } = await served.send(infer, { parameters: { broadcast }, inputs });
    const repeat = (list: number[], times: number) => Array.from({ length: times }, () => list).flat();
    const { logits } = await served.ranker.scoreEncoded({
      size: 6,
      dense: Float32Array.from(broadcast ? repeat(dense, 6) : dense),
      features: features.map(({ indices, offsets }) =>
        offsets.length === 2
          ? {
              indices: Uint32Array.from(repeat(indices, 6)),
              offsets: Uint32Array.from({ length: 7 }, (_, b) => b),
            }
          : { indices: Uint32Array.from(indices), offsets: Uint32Array.from(offsets) },
      ),
    });
    expect(outputs(json)['logits']).toEqual([...logits]);
    expect(new Set(logits).size).toBeGreaterThan(2);
  });

  test('predict of the first protocol takes rows', async () => {
    const { json, headers } = await served.send('/v1/models/clicks:predict', { instances: rows });
    const { probabilities } = await served.ranker.score(rows);
    expect(schemas.v1Predict.parse(json).predictions).toEqual([...probabilities]);
    expect(headers.get('model-version')).toBe('run@12');
  });

  test('requests that are sent at once each get their own rows, bad ones only their own error', async () => {
    const answers = await Promise.all(
      rows.map((row, i) =>
        served.send(infer, {
          inputs: columns([i % 10 === 3 ? { ...row, age: 'old' } : row]),
          outputs: [{ name: 'logits' }],
        }),
      ),
    );
    const { logits } = await served.ranker.score(rows);
    answers.forEach(({ status, json }, i) => {
      if (i % 10 !== 3) expect(outputs(json)).toEqual({ logits: [logits[i]] });
      else {
        expect([status, json.code]).toEqual([400, 'data/bad-value']);
        expect(json.error).toContain('column age: must be a decimal number or empty, got old');
      }
    });
  });
});

describe('the examples of the specification', () => {
  const example = {
    id: '42',
    inputs: [
      { name: 'input0', shape: [2, 2], datatype: 'UINT32', data: [1, 2, 3, 4] },
      { name: 'input1', shape: [3], datatype: 'BOOL', data: [true] },
    ],
    outputs: [{ name: 'output0' }],
  };

  test('its request is read, and refused for elements that its own shape does not have', async () => {
    schemas.inferRequest.parse(example);
    const { status, json } = await served.send(infer, example);
    expect(status).toBe(400);
    expect(schemas.error.parse(json).error).toBe(
      '[serving] input "input1", data: must have 3 elements, for shape [3], got 1.',
    );
  });

  test('with the inputs and outputs of a model, it is answered with its id', async () => {
    const [age, price, user, item, tags] = columns(rows.slice(0, 4));
    const inputs = [{ ...age, datatype: 'UINT32', data: [1, 2, 3, 4] }, price, user, item, tags];
    const { json } = await served.send(infer, { ...example, inputs, outputs: [{ name: 'probabilities' }] });
    expect(schemas.inferResponse.parse(json)).toMatchObject({
      id: '42',
      outputs: [{ name: 'probabilities', shape: [4], datatype: 'FP32' }],
    });
  });
});

test('a token is asked for everywhere but for health checks', async () => {
  const { send } = await serveRun(`${folder}/run`, { token: 's3cret' });
  expect((await send('/v2/health/ready')).status).toBe(200);
  for (const authorization of ['', 'Bearer', 'Bearer s3cre', 'Bearer s3cret2', 'Basic s3cret']) {
    const { status, headers, json } = await send('/v2', undefined, { authorization });
    expect([status, headers.get('www-authenticate'), json.code]).toEqual([
      401,
      'Bearer',
      'serving/unauthorized',
    ]);
  }
  expect((await send('/v2', undefined, { authorization: 'Bearer s3cret' })).status).toBe(200);
});
