import { toFloat32 } from '@ttrec/tensor-files';
import { pythonWith, runPython } from '@ttrec/python';
import { expect, test } from 'vitest';
import { refusal } from './refusal.ts';

const every = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

test('F64 is rounded, F32 is not copied, and integers are refused', () => {
  expect(toFloat32('F64', Float64Array.of(0.1, 1e300))).toEqual(Float32Array.of(0.1, Infinity));
  const data = new Float32Array(1);
  expect(toFloat32('F32', data)).toBe(data);
  expect(() => toFloat32('I8', new Int8Array(1), 'w')).toThrow(refusal('not-floats', 'w', 'got I8'));
});

test('known numbers of both halves', () => {
  const halves = Uint16Array.of(
    0x3c00,
    0xc100,
    0x0001,
    0x03ff,
    0x0400,
    0x7bff,
    0x8000,
    0x7c00,
    0xfc00,
    0x7e00,
  );
  const expected = [1, -2.5, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 65504, -0, Infinity, -Infinity, NaN];
  expect(toFloat32('F16', halves)).toEqual(Float32Array.from(expected));
  const uppers = Uint16Array.of(0x3f80, 0xc020, 0x0001, 0x8000, 0x7f80, 0x7fc0);
  expect(toFloat32('BF16', uppers)).toEqual(Float32Array.of(1, -2.5, 2 ** -133, -0, Infinity, NaN));
});

const python = pythonWith('numpy');

test.skipIf(python === undefined)('each of the 65,536 values of F16 is the one that NumPy has', () => {
  const program = `
import numpy, sys
values = numpy.arange(65536, dtype=numpy.uint16).view(numpy.float16).astype(numpy.float32)
print(numpy.nan_to_num(values, nan=12345).tobytes().hex())
`;
  const theirs = new Float32Array(
    Uint8Array.from(Buffer.from(runPython(python!, program).trim(), 'hex')).buffer,
  );
  const ours = toFloat32('F16', every).map((value) => {
    if (Number.isNaN(value)) return 12345;
    // nan_to_num puts the largest numbers in place of the infinite ones.
    return Math.max(-3.4028234663852886e38, Math.min(3.4028234663852886e38, value));
  });
  expect(ours).toEqual(theirs);
});
