import {
  decodeSafetensors,
  encodeSafetensors,
  openSafetensorsFrom,
  readSafetensorsHeader,
  streamSafetensors,
  type Tensor,
} from '@ttrec/tensor-files/safetensors';
import { bytesSource } from '@ttrec/tensor-files/byte-source';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { joined, rawFile, readRaw } from './raw-file.ts';
import { refusal } from './refusal.ts';

const bits = new Uint32Array([0x7fc00000, 0xffc12345, 0x7f800000, 0xff800000, 0x80000000, 0x00000001]);
const every: Tensor[] = [
  { name: 'bool', dtype: 'BOOL', shape: [3], data: new Uint8Array([0, 1, 1]) },
  { name: 'scalar', dtype: 'F64', shape: [], data: new Float64Array([Math.PI]) },
  { name: 'empty', dtype: 'I32', shape: [4, 0, 2], data: new Int32Array(0) },
  { name: 'special', dtype: 'F32', shape: [2, 3], data: new Float32Array(bits.buffer) },
  { name: 'ids', dtype: 'U32', shape: [2], data: new Uint32Array([0, 4294967295]) },
  { name: 'long', dtype: 'I64', shape: [1], data: new BigInt64Array([-(2n ** 63n)]) },
  { name: 'ulong', dtype: 'U64', shape: [1], data: new BigUint64Array([2n ** 64n - 1n]) },
  { name: 'half', dtype: 'BF16', shape: [2], data: new Uint16Array([0x3f80, 0x7fc1]) },
  { name: 'u16', dtype: 'U16', shape: [1], data: new Uint16Array([65535]) },
  { name: 'f16', dtype: 'F16', shape: [1], data: new Uint16Array([0x3c00]) },
  { name: 'e4m3', dtype: 'F8_E4M3', shape: [2], data: new Uint8Array([1, 255]) },
  { name: 'e5m2', dtype: 'F8_E5M2', shape: [2], data: new Uint8Array([2, 255]) },
  { name: 'e8m0', dtype: 'F8_E8M0', shape: [2], data: new Uint8Array([3, 255]) },
  { name: 'e4m3fnuz', dtype: 'F8_E4M3FNUZ', shape: [2], data: new Uint8Array([4, 128]) },
  { name: 'e5m2fnuz', dtype: 'F8_E5M2FNUZ', shape: [2], data: new Uint8Array([5, 128]) },
  {
    name: 'complex',
    dtype: 'C64',
    shape: [1, 2],
    data: new Uint8Array(new Float32Array([1, -2, NaN, 4]).buffer),
  },
  { name: '7', dtype: 'I8', shape: [1, 1], data: new Int8Array([-128]) },
  { name: '__proto__', dtype: 'I16', shape: [1], data: new Int16Array([-2]) },
  { name: 'ünï "quoted"\n', dtype: 'U8', shape: [1], data: new Uint8Array([255]) },
];

function bytesOf({ data }: Pick<Tensor, 'data'>): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

describe('round trip', () => {
  test('every kind of tensor comes back bit for bit, NaN payloads and signed zero included', () => {
    const metadata = { format: 'pt', __proto__x: 'y' };
    const decoded = decodeSafetensors(joined(encodeSafetensors(every, metadata)));
    expect(decoded.metadata).toEqual(metadata);
    expect(decoded.tensors.size).toBe(every.length);
    for (const tensor of every) {
      const got = decoded.tensors.get(tensor.name)!;
      expect([got.dtype, got.shape, got.data.constructor]).toEqual([
        tensor.dtype,
        tensor.shape,
        tensor.data.constructor,
      ]);
      expect(bytesOf(got)).toEqual(bytesOf(tensor));
    }
  });

  test('an independent reading of the format finds the same names, shapes and bytes', () => {
    const file = joined(encodeSafetensors(every, { made: 'here' }));
    const raw = readRaw(file);
    expect(raw.metadata).toEqual({ made: 'here' });
    for (const tensor of every.filter(({ name }) => name !== '__proto__')) {
      expect(raw.tensors[tensor.name]).toEqual({
        dtype: tensor.dtype,
        shape: tensor.shape,
        bytes: Uint8Array.from(bytesOf(tensor)),
      });
    }
  });

  test('data begins at a multiple of 8 and each tensor at a multiple of its element size', () => {
    for (let extra = 0; extra < 9; extra++) {
      const file = joined(encodeSafetensors(every, { pad: 'x'.repeat(extra) }));
      for (const { name, byteOffset } of readSafetensorsHeader(file).tensors.values()) {
        const { data, dtype } = every.find((tensor) => tensor.name === name)!;
        expect(byteOffset % (dtype === 'C64' ? 8 : data.BYTES_PER_ELEMENT)).toBe(0);
      }
    }
  });

  test('a view into a larger buffer, shared memory and a file of no tensors', () => {
    const shared = new Float32Array(new SharedArrayBuffer(16), 4, 2);
    shared.set([1, 2]);
    const tensors: Tensor[] = [{ name: 'w', dtype: 'F32', shape: [2], data: shared }];
    const decoded = decodeSafetensors(joined(encodeSafetensors(tensors)));
    expect(decoded.tensors.get('w')!.data).toEqual(new Float32Array([1, 2]));
    expect(decodeSafetensors(joined(encodeSafetensors([])))).toEqual({ metadata: {}, tensors: new Map() });
  });

  test('chunks are views of the memory they were given, not copies', () => {
    const data = new Float32Array(8);
    const [, chunk] = encodeSafetensors([{ name: 'w', dtype: 'F32', shape: [8], data }]);
    expect(chunk!.buffer).toBe(data.buffer);
  });

  test('decoded numbers do not share the memory of the file', () => {
    const file = joined(encodeSafetensors(every));
    const decoded = decodeSafetensors(file);
    file.fill(0);
    expect(decoded.tensors.get('scalar')!.data).toEqual(new Float64Array([Math.PI]));
  });

  test('a stream fetches one tensor at a time, in the order of the file, and equals the plain encoding', async () => {
    const log: string[] = [];
    const sources = ['a', 'b'].map((name) => ({
      name,
      dtype: 'F32' as const,
      shape: [1],
      data: async () => {
        log.push(`fetch ${name}`);
        return new Float32Array([name.charCodeAt(0)]);
      },
    }));
    const chunks: Uint8Array[] = [];
    for await (const chunk of streamSafetensors(sources)) {
      log.push(`got ${chunk.length}`);
      chunks.push(chunk);
    }
    expect(log.slice(1)).toEqual(['fetch a', 'got 4', 'fetch b', 'got 4']);
    const plain = await Promise.all(
      sources.map(async (source) => ({ ...source, data: await source.data() })),
    );
    expect(joined(chunks)).toEqual(joined(encodeSafetensors(plain)));
  });
});

describe('the writer refuses', () => {
  const w = { name: 'w', dtype: 'F32' as const, shape: [2], data: new Float32Array(2) };
  test.each<[string, string[], unknown[]]>([
    ['unknown-dtype', ['tensor "w"', 'got f32', 'Did you mean "F32"?'], [{ ...w, dtype: 'f32' }]],
    ['bad-shape', ['tensor "w"', 'got [1.5]'], [{ ...w, shape: [1.5] }]],
    ['bad-shape', ['got [-1]'], [{ ...w, shape: [-1] }]],
    ['duplicate-name', ['"w" twice'], [w, w]],
    ['bad-tensor', ['tensors[1], name: must be a string', 'got 5'], [w, { ...w, name: 5 }]],
    ['bad-tensor', ['tensors[0], name', 'got undefined'], [null]],
    ['reserved-name', ['__metadata__'], [{ ...w, name: '__metadata__' }]],
    [
      'data-mismatch',
      ['F32 [3] needs data in a Float32Array of length 3', 'length 2'],
      [{ ...w, shape: [3] }],
    ],
    ['data-mismatch', ['got Float64Array of length 1'], [{ ...w, data: new Float64Array(1) }]],
    ['data-mismatch', ['got undefined'], [{ ...w, data: undefined }]],
  ])('%s %j', (code, words, tensors) => {
    expect(() => joined(encodeSafetensors(tensors as Tensor[]))).toThrow(refusal(code, ...words));
  });

  test('metadata that is not strings', () => {
    const metadata = { step: 3 } as unknown as Record<string, string>;
    expect(() => joined(encodeSafetensors([w], metadata))).toThrow(
      refusal('bad-metadata', '__metadata__.step', 'got 3'),
    );
  });
});

describe('the reader refuses', () => {
  const entry = (begin: number, end: number): unknown => ({
    dtype: 'F32',
    shape: [(end - begin) / 4],
    data_offsets: [begin, end],
  });
  const w = (change: object): unknown => ({
    w: { dtype: 'F32', shape: [1], data_offsets: [0, 4], ...change },
  });
  test.each<[string, string[], unknown, number]>([
    ['header-not-json', ['must be JSON', 'got {"w":'], '{"w":', 0],
    ['header-not-json', ['header'], '', 0],
    ['header-not-object', ['got [1]'], '[1]', 0],
    ['header-not-object', ['got null'], 'null', 0],
    ['bad-metadata', ['__metadata__.a', 'got 1'], { __metadata__: { a: 1 } }, 0],
    ['bad-metadata', ['object of strings'], { __metadata__: ['a'] }, 0],
    ['bad-entry', ['tensor "w"', 'dtype, shape and data_offsets'], { w: { dtype: 'F32', shape: [] } }, 0],
    ['bad-entry', ['got null'], { w: null }, 0],
    ['unknown-dtype', ['tensor "w"', 'F64', 'got F33'], w({ dtype: 'F33' }), 4],
    ['unknown-dtype', ['got toString'], w({ dtype: 'toString' }), 4],
    ['bad-shape', ['tensor "w"', 'got [-1]'], w({ shape: [-1] }), 4],
    ['bad-shape', ['got [1.5]'], w({ shape: [1.5] }), 4],
    ['bad-shape', ['got ["1"]'], w({ shape: ['1'] }), 4],
    ['bad-shape', ['got 1'], w({ shape: 1 }), 4],
    ['bad-shape', ['at most'], w({ shape: [2 ** 53] }), 4],
    ['bad-shape', ['product'], w({ shape: [2 ** 30, 2 ** 30] }), 4],
    ['bad-offsets', ['tensor "w"', 'got [4,0]'], w({ data_offsets: [4, 0] }), 4],
    ['bad-offsets', ['got [0]'], w({ data_offsets: [0] }), 4],
    ['bad-offsets', ['got [-4,0]'], w({ data_offsets: [-4, 0] }), 4],
    ['bad-offsets', ['got [0,0.5]'], w({ data_offsets: [0, 0.5] }), 4],
    ['bad-offsets', ['4503599627370496'], w({ data_offsets: [2 ** 53, 2 ** 53 + 4] }), 4],
    ['size-mismatch', ['F32 [2] takes 8 bytes', 'got 4'], w({ shape: [2] }), 4],
    [
      'overlapping-tensors',
      ['tensor "b"', 'before 8', 'got [4,12]'],
      { a: entry(0, 8), b: entry(4, 12) },
      12,
    ],
    ['overlapping-tensors', ['tensor "b"', 'got [0,4]'], { a: entry(0, 4), b: entry(0, 4) }, 4],
    ['hole', ['tensor "b"', 'begin at 4', 'got [8,12]'], { a: entry(0, 4), b: entry(8, 12) }, 12],
    ['hole', ['tensor "w"', 'begin at 0'], { w: entry(4, 8) }, 8],
    [
      'offsets-out-of-bounds',
      ['tensor "b"', 'the 12 bytes', 'got [100,104]'],
      { a: entry(0, 4), b: entry(100, 104) },
      12,
    ],
    ['trailing-data', ['at byte', 'last tensor'], w({}), 5],
    ['trailing-data', ['a file of'], {}, 1],
    ['truncated-data', ['tensor "b"', 'a file of'], { a: entry(0, 4), b: entry(4, 12) }, 11],
    ['duplicate-name', ['"w" twice'], '{"w":{"x":1},"w":{}}', 0],
    ['duplicate-name', ['"w" twice'], '{"w":{"x":"}\\""},"\\u0077" : {}}', 0],
    ['duplicate-name', ['"shape" twice'], '{"w":{"shape":[],"shape":[]}}', 0],
    ['duplicate-name', ['"__proto__" twice'], '{"__proto__":{},"__proto__":{}}', 0],
    ['duplicate-name', ['"a" twice'], '{"__metadata__":{"a":"1","a":"2"}}', 0],
    ['header-too-deep', ['at most 100 levels deep'], `{"w":${'['.repeat(1e5)}${']'.repeat(1e5)}}`, 0],
    ['header-too-deep', ['at most 100 levels deep'], `${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}`, 0],
    ['header-too-deep', ['at most 100 levels deep'], '['.repeat(1e6), 0],
  ])('%s %j in %j', (code, words, header, dataBytes) => {
    const file = rawFile(header, dataBytes);
    expect(() => decodeSafetensors(file, 'w.safetensors')).toThrow(refusal(code, 'w.safetensors', ...words));
  });

  test('a header that is not UTF-8', () => {
    const file = rawFile('{"?":1}', 0);
    file[10] = 0xff;
    expect(() => decodeSafetensors(file)).toThrow(refusal('header-not-utf8', 'must be UTF-8'));
  });

  test('every file that is cut short, wherever it is cut', () => {
    const file = joined(encodeSafetensors(every));
    const dataStart = Math.min(...[...readSafetensorsHeader(file).tensors.values()].map((t) => t.byteOffset));
    for (let length = 0; length < file.length; length++) {
      const code = length < dataStart ? 'truncated-header' : 'truncated-data';
      expect(() => decodeSafetensors(file.subarray(0, length))).toThrow(refusal(code));
    }
  });

  test('a header longer than the limit, before it is read', () => {
    const file = new Uint8Array(8);
    new DataView(file.buffer).setBigUint64(0, 100_000_001n, true);
    expect(() => decodeSafetensors(file)).toThrow(
      refusal('header-too-long', 'at most 100000000 bytes', 'got 100000001'),
    );
    file.fill(255);
    expect(() => decodeSafetensors(file)).toThrow(
      refusal('header-too-long', 'got 18446744073709551615n. It may be a file of another format.'),
    );
    new DataView(file.buffer).setBigUint64(0, 100_000_000n, true);
    expect(() => decodeSafetensors(file)).toThrow(refusal('truncated-header', '100000008', 'got 8'));
  });
});

describe('a tensor of a dtype that is not read', () => {
  const file = rawFile(
    {
      a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
      'four bits': { dtype: 'F4', shape: [2, 3], data_offsets: [4, 7] },
      'six bits': { dtype: 'F6_E2M3', shape: [4], data_offsets: [7, 10] },
      later: { dtype: 'I128', shape: [1], data_offsets: [10, 26] },
      none: { dtype: null, shape: [0], data_offsets: [26, 26] },
      z: { dtype: 'U8', shape: [2], data_offsets: [26, 28] },
    },
    28,
  );
  file.set([0, 0, 0x80, 0x3f], file.length - 28);
  const names = ['four bits', 'six bits', 'later', 'none'];

  test('is refused when it is read, and the others are read', async () => {
    const opened = await openSafetensorsFrom(bytesSource(file, 'w.safetensors'));
    expect([...opened.tensors.keys()]).toEqual(['a', 'z']);
    expect(await opened.read('a')).toEqual(Float32Array.of(1));
    expect(await opened.read('z')).toEqual(new Uint8Array(2));
    for (const name of names) {
      const refused = refusal('unknown-dtype', 'w.safetensors', `tensor "${name}"`, 'F8_E8M0');
      await expect(opened.read(name)).rejects.toEqual(refused);
      await expect(opened.readRows(name, 0, 1)).rejects.toEqual(refused);
    }
    expect([...readSafetensorsHeader(file).unreadable.keys()].sort()).toEqual([...names].sort());
  });

  test('is refused where all tensors are read at once', () => {
    expect(() => decodeSafetensors(file, 'w')).toThrow(refusal('unknown-dtype', 'got F4'));
  });

  test('must still have its place in the file', () => {
    const w = (begin: number, end: number) => ({
      w: { dtype: 'F4', shape: [8], data_offsets: [begin, end] },
    });
    expect(() => readSafetensorsHeader(rawFile(w(0, 4), 3))).toThrow(refusal('truncated-data', '"w"'));
    expect(() => readSafetensorsHeader(rawFile(w(1, 4), 4))).toThrow(refusal('hole', '"w"'));
  });
});

test('a big-endian machine is refused, for writing and for reading', () => {
  const file = joined(encodeSafetensors(every));
  vi.stubGlobal(
    'Uint16Array',
    class {
      readonly buffer = Uint8Array.of(0, 1).buffer;
    },
  );
  onTestFinished(() => void vi.unstubAllGlobals());
  const refused = refusal('big-endian', 'little-endian');
  expect(() => joined(encodeSafetensors([]))).toThrow(refused);
  expect(() => decodeSafetensors(file)).toThrow(refused);
});
