import { bytesSource, openNpy, writeFileAtomic } from '@ttrec/tensor-files';
import { decodeNpy, encodeNpy, openNpyFrom, streamNpy, type NpyArray } from '@ttrec/tensor-files/npy';
import { pythonWith, runPython } from '@ttrec/python';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { joined } from './raw-file.ts';
import { refusal } from './refusal.ts';
import { temporaryFolder } from '@ttrec/test-support';

/** A file as NumPy 1.24 lays it out: version 1.0, a header of 118 bytes that ends in a newline, the numbers. */
function npy(dict: string, data: Uint8Array | string = '', version = [1, 0]): Uint8Array {
  const long = version[0] === 1 ? 0 : 2;
  const header = Buffer.from(`${dict.padEnd(117 - long)}\n`, 'latin1');
  const length = long ? [header.length, 0, 0, 0] : [header.length, 0];
  const numbers = typeof data === 'string' ? Buffer.from(data, 'base64') : data;
  return new Uint8Array(
    Buffer.concat([
      Buffer.from('\x93NUMPY', 'latin1'),
      Uint8Array.from([...version, ...length]),
      header,
      numbers,
    ]),
  );
}

/** What `numpy.save` wrote for each array: the dictionary, and the numbers in base64. */
const saved: [string, string, NpyArray][] = [
  [
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
    'AACAPwAAIMAAAEBAAACAf83MzD0AAMBA',
    { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, -2.5, 3, Infinity, 0.1, 6) },
  ],
  [
    "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }",
    'AQAAAAAAAAAAAAAAAAAAgA==',
    { dtype: 'I64', shape: [2], data: BigInt64Array.of(1n, -(2n ** 63n)) },
  ],
  [
    "{'descr': '|b1', 'fortran_order': False, 'shape': (), }",
    'AQ==',
    { dtype: 'BOOL', shape: [], data: Uint8Array.of(1) },
  ],
];

describe('one array', () => {
  test.each(saved)('%s is read, and written to the same bytes', (dict, base64, array) => {
    const file = npy(dict, base64);
    expect(decodeNpy(file)).toEqual(array);
    expect(joined(encodeNpy(array))).toEqual(file);
  });

  test('of every dtype and rank comes back bit for bit', () => {
    const arrays: NpyArray[] = [
      { dtype: 'U8', shape: [0, 3], data: new Uint8Array(0) },
      { dtype: 'I8', shape: [1, 1, 1, 2], data: Int8Array.of(-128, 127) },
      { dtype: 'U16', shape: [1], data: Uint16Array.of(65535) },
      { dtype: 'I16', shape: [1], data: Int16Array.of(-2) },
      { dtype: 'F16', shape: [1], data: Uint16Array.of(0x3c00) },
      { dtype: 'U32', shape: [1], data: Uint32Array.of(4294967295) },
      { dtype: 'I32', shape: [1], data: Int32Array.of(-1) },
      { dtype: 'U64', shape: [1], data: BigUint64Array.of(2n ** 64n - 1n) },
      { dtype: 'F64', shape: [2], data: Float64Array.of(NaN, -0) },
    ];
    for (const array of arrays) expect(decodeNpy(joined(encodeNpy(array)))).toEqual(array);
  });

  test('in the versions 2.0 and 3.0, in Python 2’s integers, and columns first where that is the same', () => {
    const numbers = new Uint8Array(12);
    const expected = { dtype: 'F32', shape: [1, 3], data: new Float32Array(3) };
    const dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }";
    expect(decodeNpy(npy(dict, numbers, [2, 0]))).toEqual(expected);
    expect(decodeNpy(npy(dict, numbers, [3, 0]))).toEqual(expected);
    const older = '{"shape": (1L, 3L), "fortran_order": True, "descr": "<f4"}';
    expect(decodeNpy(npy(older, numbers))).toEqual(expected);
  });
});

describe('by rows', () => {
  test('from a file, reading no more than was asked for', async () => {
    const path = join(await temporaryFolder(), 'table.npy');
    async function* parts(): AsyncGenerator<Float32Array> {
      for (let block = 0; block < 10; block++)
        yield Float32Array.from({ length: 8 }, (_, i) => block * 8 + i);
    }
    await writeFileAtomic(path, streamNpy({ dtype: 'F32', shape: [20, 4] }, parts()));
    const file = await openNpy(path);
    onTestFinished(() => file.close());
    expect([file.name, file.dtype, file.shape]).toEqual([path, 'F32', [20, 4]]);
    const rows: Float32Array = await file.readRows(3, 5, 'F32');
    expect(rows).toEqual(Float32Array.of(12, 13, 14, 15, 16, 17, 18, 19));
    expect((await file.readRows(20, 20)).length).toBe(0);
    expect((await file.read('F32')).at(-1)).toBe(79);
    await expect(file.read('F64')).rejects.toEqual(
      refusal('tensor-mismatch', path, 'must be F64', 'got F32'),
    );
    for (const [begin, end] of [
      [-1, 2],
      [3, 2],
      [0, 21],
      [0.5, 1],
    ] as const) {
      await expect(file.readRows(begin, end)).rejects.toEqual(refusal('rows-out-of-range', '0 to 20'));
    }
  });

  test('counts bytes, not floats: a row of a table of two million rows lies past 2^28', async () => {
    const asked: number[][] = [];
    const front = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2000000, 64), }");
    const file = await openNpyFrom({
      name: 'huge.npy',
      size: front.length + 2_000_000 * 64 * 4,
      read: async (offset, length) => {
        asked.push([offset, length]);
        const bytes = new Uint8Array(length);
        bytes.set(front.subarray(offset, offset + length));
        return bytes;
      },
      close: async () => undefined,
    });
    expect(file.shape).toEqual([2_000_000, 64]);
    await file.readRows(1_999_999, 2_000_000);
    expect(asked.at(-1)).toEqual([128 + 1_999_999 * 256, 256]);
  });

  test('a stream of too few or too many numbers is refused', async () => {
    const collect = async (parts: Float32Array[]) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of streamNpy({ dtype: 'F32', shape: [2, 2] }, parts)) chunks.push(chunk);
      return joined(chunks);
    };
    expect(decodeNpy(await collect([Float32Array.of(1), Float32Array.of(2, 3, 4)])).data).toEqual(
      Float32Array.of(1, 2, 3, 4),
    );
    await expect(collect([Float32Array.of(1)])).rejects.toEqual(refusal('data-mismatch', 'needs 4', 'got 1'));
    await expect(collect([new Float32Array(5)])).rejects.toEqual(refusal('data-mismatch', '5 or more'));
  });
});

const good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";

describe('refuses', () => {
  test.each<[string, string[], Uint8Array]>([
    ['not-npy', ['\\x93NUMPY'], new Uint8Array(200)],
    ['not-npy', [], new Uint8Array(0)],
    ['unknown-npy-version', ['got version 4.0'], npy(good, '', [4, 0])],
    ['unknown-npy-version', ['got version 1.1'], npy(good, '', [1, 1])],
    ['truncated-header', ['128 bytes', 'got 60'], npy(good).subarray(0, 60)],
    ['truncated-header', ['10 bytes', 'got 8'], npy(good).subarray(0, 8)],
    ['header-not-utf8', ['UTF-8'], npy(good.replace('descr', 'd\xe9scr'))],
    ['bad-npy-header', ['a dictionary', 'got [1]'], npy('[1]')],
    ['bad-npy-header', ['and no more'], npy(`${good} + __import__("os")`)],
    ['bad-npy-header', ['and no more'], npy("{'descr': '<f4', 'other': 1, 'shape': (2,), }")],
    ['bad-npy-header', ['"shape" once'], npy("{'shape': (2,), 'shape': (2,), }")],
    ['bad-npy-header', ['fortran_order must be'], npy("{'descr': '<f4', 'shape': (2,), }")],
    ['bad-npy-header', ['shape must be'], npy("{'descr': '<f4', 'fortran_order': False, 'shape': True}")],
    ['bad-npy-header', ['and no more'], npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }")],
    ['bad-shape', ['product'], npy(good.replace('(2,)', '(4294967296, 4294967296)'))],
    ['bad-shape', ['integers'], npy(good.replace('(2,)', '(9007199254740993,)'))],
    ['unknown-dtype', ['got <U2'], npy(good.replace('<f4', '<U2'))],
    ['unknown-dtype', ['got |O'], npy(good.replace('<f4', '|O'))],
    ['unknown-dtype', ['got >f8', "astype('<f8')"], npy(good.replace('<f4', '>f8'))],
    ['bad-npy-header', ['and no more'], npy(good.replace("'<f4'", "[('a', '<f4')]"))],
    [
      'fortran-order',
      ['[2, 3]', 'ascontiguousarray'],
      npy(good.replace('False', 'True').replace('(2,)', '(2, 3)')),
    ],
    ['truncated-data', ['byte 136', '135 bytes'], npy(good, new Uint8Array(7))],
    ['trailing-data', ['byte 136', '137 bytes'], npy(good, new Uint8Array(9))],
  ])('%s %j', async (code, words, file) => {
    expect(() => decodeNpy(file, 'w.npy')).toThrow(refusal(code, 'w.npy', ...words));
    await expect(openNpyFrom(bytesSource(file, 'w.npy'))).rejects.toEqual(refusal(code, 'w.npy', ...words));
  });

  test('a header longer than the limit, before it is read', () => {
    const file = npy(good, '', [2, 0]);
    new DataView(file.buffer).setUint32(8, 0xffffffff, true);
    expect(() => decodeNpy(file)).toThrow(refusal('header-too-long', 'at most 65536', 'got 4294967295'));
  });

  test('to write what NumPy has no name for, and numbers of another type or count', () => {
    const write = (array: object) => () => joined(encodeNpy(array as NpyArray));
    const data = new Uint16Array(1);
    expect(write({ dtype: 'BF16', shape: [1], data })).toThrow(refusal('unknown-dtype', 'got BF16'));
    expect(write({ dtype: 'F32', shape: [1], data })).toThrow(refusal('data-mismatch', 'Float32Array'));
    expect(write({ dtype: 'U16', shape: [2], data })).toThrow(refusal('data-mismatch', 'needs 2', 'got 1'));
  });
});

const python = pythonWith('numpy');

test.skipIf(python === undefined)('NumPy reads what is written here, and the other way round', async () => {
  const folder = await temporaryFolder();
  const [ours, theirs] = [join(folder, 'ours.npy'), join(folder, 'theirs.npy')];
  const array: NpyArray = { dtype: 'F64', shape: [2, 2], data: Float64Array.of(1, -0, NaN, 1e-300) };
  await writeFileAtomic(ours, encodeNpy(array));
  const program = `
import sys, numpy
a = numpy.load(sys.argv[1])
print(a.dtype, a.shape)
numpy.save(sys.argv[2], a)
`;
  expect(runPython(python!, program, ours, theirs)).toBe('float64 (2, 2)\n');
  expect(decodeNpy(await readFile(theirs))).toEqual(array);
  expect(await readFile(theirs)).toEqual(await readFile(ours));
});
