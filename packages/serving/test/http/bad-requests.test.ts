import { gzipSync } from 'node:zlib';
import { RandomStream } from '@ttrec/core';
import { mutated } from '@ttrec/test-support/mutated';
import { beforeAll, describe, expect, test } from 'vitest';
import { clickRows, temporaryFolder, trainedRun } from '../trained-run.ts';
import { schemas } from './protocol-schema.ts';
import { serveRun, tensor, type Served } from './served-run.ts';

const MAX_BODY = 100_000;
const folder = temporaryFolder();
const [row] = clickRows(1);
const infer = '/v2/models/clicks/infer';
let served: Served;

beforeAll(async () => {
  served = await serveRun(await trainedRun(folder), { maxBodyBytes: MAX_BODY });
});

const raw = (changes: Record<string, unknown> = {}) =>
  ['age', 'price', 'user', 'item', 'tags'].map((name) => ({
    ...tensor(name, 'BYTES', [1], [row![name]]),
    ...(changes[name] as object | undefined),
  }));
const encoded = (changes: Record<string, unknown> = {}) =>
  [
    tensor('dense', 'FP32', [1, 2], [0, 1]),
    ...['user', 'item', 'tags'].flatMap((name) => [
      tensor(`${name}.indices`, 'INT64', [1], [1]),
      tensor(`${name}.offsets`, 'INT64', [2], [0, 1]),
    ]),
  ].map((each) => ({ ...each, ...(changes[each.name] as object | undefined) }));

const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

test.each<[string, unknown, string]>([
  ['no JSON', 'nothing', 'request body: must be JSON'],
  ['no object', '[1]', 'request body: must be an object, got [1]'],
  ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'request body: must be UTF-8'],
  [
    'a key twice',
    '{"id":"a","inputs":[],"id":"b"}',
    'request body, id: must have each key once, got "id" twice',
  ],
  ['no inputs', {}, 'inputs: is missing. It must be a list.'],
  ['an id that is a number', { id: 5, inputs: raw() }, 'id: must be a string, got 5'],
  [
    'a column too few',
    { inputs: raw().slice(1) },
    'input "age": is missing, got ["price","user","item","tags"]. Give every column',
  ],
  [
    'an unknown input',
    { inputs: [...raw(), tensor('aeg', 'BYTES', [1], [''])] },
    'must be one of age, price, user, item, tags, got aeg',
  ],
  ['an input twice', { inputs: [...raw(), ...raw()] }, 'input "age": must be given once'],
  [
    'an unknown datatype',
    { inputs: raw({ age: { datatype: 'FP23' } }) },
    'must be one of BOOL, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, FP16, FP32, FP64, BYTES, got FP23. Did you mean "FP16"?',
  ],
  [
    'a shape without axes',
    { inputs: raw({ age: { shape: [] } }) },
    'must have 1 to 8 integers from 0, got []',
  ],
  [
    'a negative extent',
    { inputs: raw({ age: { shape: [-1] } }) },
    'must have 1 to 8 integers from 0, got [-1]',
  ],
  ['an extent of 1e308', { inputs: raw({ age: { shape: [1e308, 1e308] } }) }, 'must have 1 to 8 integers'],
  [
    'too few elements',
    { inputs: raw({ age: { shape: [3] } }) },
    'input "age", data: must have 3 elements, for shape [3], got 1',
  ],
  [
    'elements nested otherwise than the shape',
    { inputs: raw({ age: { shape: [2, 1], data: [['1', '2']] } }) },
    'must be flat or nested as shape [2, 1]',
  ],
  [
    'rows that differ',
    { inputs: raw({ age: { shape: [3], data: ['1', '2', '3'] } }) },
    'input "price": must have 3 rows, as other inputs, got 1',
  ],
  [
    'no rows',
    { inputs: raw(Object.fromEntries(raw().map(({ name }) => [name, { shape: [0], data: [] }]))) },
    'inputs: must have at least one row, got 0',
  ],
  [
    'a number for text',
    { inputs: raw({ user: { data: [7] } }) },
    'input "user", data[0]: must be a string, got 7',
  ],
  [
    'a list for one value',
    { inputs: raw({ user: { shape: [1, 2], data: ['a', 'b'] } }) },
    'input "user", shape: must be [B] or [B, 1], got [1,2]',
  ],
  [
    'flags for a column',
    { inputs: raw({ user: { datatype: 'BOOL', data: [true] } }) },
    'must be BYTES or a number, got BOOL',
  ],
  [
    'a dense value that is no number',
    { inputs: raw({ age: { data: ['old'] } }) },
    'row 0, column age: must be a decimal number or empty, got old',
  ],
  [
    'an integer above 2^53',
    `{"inputs":${JSON.stringify(raw({ user: { datatype: 'INT64', data: ['X'] } })).replace('"X"', '9007199254740993')}}`,
    'must be an integer from -9007199254740991 to 9007199254740991, the largest exact one in JSON, got 9007199254740992',
  ],
  [
    'an id out of range',
    { inputs: encoded({ 'user.indices': { data: [99] } }) },
    'input "user.indices", data[0]: must be from 0 and below the 41 rows of its table, got 99',
  ],
  ['a negative id', { inputs: encoded({ 'user.indices': { data: [-1] } }) }, 'must be from 0 and below'],
  [
    'a fraction for an id',
    { inputs: encoded({ 'user.indices': { data: [0.5] } }) },
    'must be an integer from',
  ],
  ['null for an id', { inputs: encoded({ 'user.indices': { data: [null] } }) }, 'must be an integer from'],
  [
    'offsets that descend',
    {
      inputs: encoded({
        'tags.indices': { shape: [2], data: [1, 2] },
        'tags.offsets': { shape: [3], data: [0, 2, 1] },
      }),
    },
    'input "tags.offsets": must ascend from 0 to 2',
  ],
  [
    'offsets that end early',
    { inputs: encoded({ 'tags.indices': { shape: [2], data: [1, 2] } }) },
    'must ascend from 0 to 2',
  ],
  [
    'no offsets',
    { inputs: encoded({ 'tags.offsets': { shape: [0], data: [] } }) },
    'must ascend from 0 to 1',
  ],
  [
    'dense numbers of another width',
    { inputs: encoded({ dense: { shape: [1, 3], data: [1, 2, 3] } }) },
    'input "dense", shape: must be [B, 2], got [1,3]',
  ],
  [
    'a dense number past FP32',
    { inputs: encoded({ dense: { data: [1e39, 0] } }) },
    'input "dense", data[0]: must be a number that fits FP32, got 1e+39',
  ],
  [
    'a missing dense number',
    { inputs: encoded({ dense: { data: [null, 0] } }) },
    'must be a number that fits FP32, got null',
  ],
  ['both forms', { inputs: [...raw(), ...encoded()] }, 'input "age": must be one of dense, user.indices'],
  [
    'an unknown output',
    { inputs: raw(), outputs: [{ name: 'logit' }] },
    'must be one of probabilities, logits, got logit. Did you mean "logits"?',
  ],
  [
    'an output twice',
    { inputs: raw(), outputs: [{ name: 'logits' }, { name: 'logits' }] },
    'must name each output once',
  ],
  [
    'broadcast that is no flag',
    { inputs: raw(), parameters: { broadcast: 1 } },
    'parameters.broadcast: must be true or false, got 1',
  ],
  [
    'a timeout that is text',
    { inputs: raw(), parameters: { timeout: 'soon' } },
    'must be an integer of microseconds, got soon',
  ],
  [
    '1,000,000 lists in one another',
    `{"inputs":${deep(10_000)}}`,
    'request body: must nest values at most 100 levels deep',
  ],
  [
    'data 10,000 levels deep',
    `{"inputs":[{"name":"age","shape":[1],"datatype":"BYTES","data":[${deep(10_000)}]}]}`,
    'request body: must nest values at most 100 levels deep',
  ],
  [
    'binary data that is not there',
    { inputs: raw({ age: { data: undefined, parameters: { binary_data_size: 4 } } }) },
    'binary_data_size: must be at most the 0 bytes that follow, got 4',
  ],
])('refuses %s', async (_, body, words) => {
  const { status, json } = await served.send(infer, body);
  expect(schemas.error.parse(json).error).toContain(words);
  expect(status).toBe(400);
});

test.each<[string, number, string, ...Parameters<Served['send']>]>([
  ['an unknown path', 404, 'unknown-path', '/v3/models', undefined],
  ['an unknown model', 404, 'unknown-model', '/v2/models/click/infer', {}],
  ['an unknown version', 404, 'unknown-version', '/v2/models/clicks/versions/run@13/infer', {}],
  ['a path that is not UTF-8', 400, 'bad-request', '/v2/models/%ff', undefined],
  ['a body past the limit', 413, 'body-too-large', infer, 'x'.repeat(MAX_BODY + 1)],
  [
    'a small gzip of a large body',
    413,
    'body-too-large',
    infer,
    gzip('x'.repeat(MAX_BODY + 1)),
    { 'content-encoding': 'gzip' },
  ],
  ['a body that is not gzip', 400, 'bad-request', infer, 'x', { 'content-encoding': 'gzip' }],
  ['an unknown Content-Encoding', 415, 'bad-encoding', infer, 'x', { 'content-encoding': 'br' }],
  [
    'a header length past the body',
    400,
    'bad-request',
    infer,
    '{}',
    { 'inference-header-content-length': '3' },
  ],
  [
    'bytes behind the JSON',
    400,
    'bad-request',
    infer,
    '{"inputs":[]} ',
    { 'inference-header-content-length': '13' },
  ],
  ['a timeout of 0', 400, 'bad-request', infer, { inputs: raw() }, { 'x-request-timeout-ms': '0' }],
  [
    'parameters of load that are null',
    400,
    'bad-request',
    '/v2/repository/models/clicks/load',
    { parameters: null },
  ],
  [
    'a path as a checkpoint',
    400,
    'bad-request',
    '/v2/repository/models/clicks/load',
    { parameters: { checkpoint: '../x' } },
  ],
  ['a predict request without rows', 400, 'bad-request', '/v1/models/clicks:predict', { instances: [] }],
  ['a row that is a list', 400, 'bad-request', '/v1/models/clicks:predict', { instances: [[1]] }],
  ['metrics that are not set up', 404, 'no-metrics', '/metrics', undefined],
])('refuses %s with %d', async (_, status, code, ...request) => {
  const answer = await served.send(...request);
  expect([answer.status, answer.json.code]).toEqual([status, `serving/${code}`]);
  schemas.error.parse(answer.json);
});

function gzip(text: string): Uint8Array {
  return gzipSync(text);
}

describe('1,000 fuzzed requests', () => {
  const stream = new RandomStream(11, 'requests');
  const pick = <Value>(from: readonly Value[]): Value => from[stream.nextInteger(from.length)]!;
  test('are answered with 200 or 4xx and an error, and nothing fails inside', async () => {
    const counts = new Map<number, number>();
    for (let i = 0; i < 1000; i++) {
      const requests: [string, unknown][] = [
        [infer, { id: 'a', inputs: raw(), outputs: [{ name: 'logits' }], parameters: { broadcast: true } }],
        [infer, { inputs: encoded(), parameters: { timeout: 1e6 } }],
        ['/v1/models/clicks:predict', { instances: [row, row] }],
        ['/v2/repository/index', { ready: true }],
      ];
      const [path, body] = pick(requests);
      let sent: unknown = body;
      for (let times = stream.nextInteger(3); times >= 0; times--) sent = mutated(sent, stream);
      let text = JSON.stringify(sent);
      if (stream.nextInteger(5) === 0) text = text.slice(0, stream.nextInteger(text.length + 1));
      const headers =
        stream.nextInteger(10) === 0
          ? { 'inference-header-content-length': String(stream.nextInteger(200)) }
          : {};
      const { status, json } = await served.send(path, text, headers);
      counts.set(status, (counts.get(status) ?? 0) + 1);
      if (status !== 200) schemas.error.parse(json);
    }
    expect(served.errors).toEqual([]);
    expect([...counts.keys()].filter((status) => status !== 200 && (status < 400 || status >= 500))).toEqual(
      [],
    );
    // The changes are neither all harmless nor all fatal.
    expect(counts.get(200)).toBeGreaterThan(50);
    expect(counts.get(400)).toBeGreaterThan(500);
  });
});
