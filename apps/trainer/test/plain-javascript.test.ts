import { fillNormal, fillUniform, permutation, RandomStream } from '@ttrec/core';
import { parseJson } from '@ttrec/core/json';
import { createIdEncoder, encodingBytes, encodingDigest, encodingSchema } from '@ttrec/data/encoding';
import { probabilities, schemaConfig } from '@ttrec/dlrm';
import { stateReader } from '@ttrec/embeddings';
import { loadTable, tableFileContent } from '@ttrec/embeddings/compress';
import { exportOnnx, isFbtt, readDlrm, readFbtt, torchState } from '@ttrec/interop';
import { parseBytes, plan } from '@ttrec/planner';
import { decodeSafetensors, openSafetensorsFrom, openTorchFrom } from '@ttrec/tensor-files';
import { decodeModel, encodeModel, evaluate, fit, modelConfig } from '@ttrec/training';
import { describe, expect, test } from 'vitest';

/** What a caller without a compiler can hand in. */
const hostile: readonly unknown[] = [
  undefined,
  null,
  Symbol('s'),
  7n,
  Object.create(null),
  {},
  [],
  [Symbol('s')],
  NaN,
  -1,
  'x',
  () => 1,
];

type Call = (value: never) => unknown;

const stream = new RandomStream(1, 'test');
/** Calls that no hostile value suits. */
const calls: Readonly<Record<string, Call>> = {
  'fillUniform, out': (value) => fillUniform(value, stream),
  'fillNormal, stream': (value) => fillNormal(new Float32Array(2), value),
  'permutation, stream': (value) => permutation(3, value),
  parseJson,
  encodingBytes: (value) => encodingBytes(value).next(),
  encodingDigest,
  encodingSchema,
  createIdEncoder,
  schemaConfig,
  loadTable: (value) => loadTable(value, {} as never),
  tableFileContent: (value) => tableFileContent(value, 'table'),
  exportOnnx,
  torchState,
  readDlrm,
  readFbtt,
  isFbtt,
  parseBytes,
  'plan, options': (value) => plan([], value),
  decodeSafetensors,
  openSafetensorsFrom,
  openTorchFrom,
  encodeModel: (value) => encodeModel(value).next(),
  decodeModel: (value) => decodeModel(value, {} as never),
  evaluate: (value) => evaluate(value, value, 'test'),
  fit: (value) => fit(value, value),
  modelConfig,
};

describe.each(Object.entries(calls))('%s', (_, call) => {
  test.each(hostile.map((value, v) => ({ value, v })))(
    'has an error of its own for value $v',
    async ({ value }) => {
      const thrown: unknown = await (async () => call(value as never))().then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(thrown).toBeInstanceOf(Error);
      expect((thrown as Error).name).toMatch(/^(TtrecError|JsonFault)$/);
      expect((thrown as Error).message).toMatch(/(^| )(must|takes) /);
    },
  );
});

test('lists of what is no number, and names that are no text', () => {
  for (const value of [Symbol('s'), 7n, Object.create(null) as unknown, undefined, '1']) {
    expect(() => probabilities([value] as never)).toThrow(
      expect.objectContaining({ code: 'dlrm/metric-score' }),
    );
    expect(() => permutation(value as never, stream)).toThrow(
      'permutation, length: must be an integer from 0',
    );
    const twice = [1, 2].map(() => ({ name: value, dtype: 'F32', shape: [], data: new Float32Array(1) }));
    expect(() => stateReader(twice as never)).toThrow(expect.objectContaining({ name: 'TtrecError' }));
  }
});
