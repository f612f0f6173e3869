import { counted } from '@ttrec/core';
import { badRequest } from '../http-error.ts';
import { requireCount, type Tensor, type TensorValue } from './tensor.ts';

type Read = (view: DataView, at: number) => number | boolean;

const WIDTHS: Readonly<Record<string, readonly [number, Read]>> = {
  BOOL: [1, (view, at) => view.getUint8(at) !== 0],
  INT8: [1, (view, at) => view.getInt8(at)],
  INT16: [2, (view, at) => view.getInt16(at, true)],
  INT32: [4, (view, at) => view.getInt32(at, true)],
  INT64: [8, (view, at) => view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true)],
  UINT8: [1, (view, at) => view.getUint8(at)],
  UINT16: [2, (view, at) => view.getUint16(at, true)],
  UINT32: [4, (view, at) => view.getUint32(at, true)],
  UINT64: [8, (view, at) => view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true)],
  FP32: [4, (view, at) => view.getFloat32(at, true)],
  FP64: [8, (view, at) => view.getFloat64(at, true)],
};

/**
 * A tensor of the binary tensor data extension: little-endian elements, and for BYTES the length of each in four bytes before it. NaN is a
 * missing value.
 *
 * @throws HttpError
 */
export function binaryTensor(
  name: string,
  datatype: string,
  shape: readonly number[],
  bytes: Uint8Array,
): Tensor {
  if (datatype === 'BYTES') {
    const values = strings(name, bytes);
    requireCount(name, shape, values.length);
    return { name, datatype, shape, values };
  }
  const known = WIDTHS[datatype];
  if (known === undefined) {
    throw badRequest(`input "${name}"`, 'must be sent as JSON: this datatype is not read as binary data', {
      got: datatype,
    });
  }
  const [width, read] = known;
  if (bytes.length % width !== 0) {
    const rule = `must be a multiple of ${width}, the bytes of an ${datatype}`;
    throw badRequest(`input "${name}", parameters.binary_data_size`, rule, { got: bytes.length });
  }
  requireCount(name, shape, bytes.length / width);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values: TensorValue[] = [];
  for (let at = 0; at < bytes.length; at += width) values.push(exact(name, datatype, read(view, at)));
  return { name, datatype, shape, values };
}

function exact(name: string, datatype: string, value: number | boolean): TensorValue {
  if (typeof value === 'boolean' || datatype === 'UINT32') return value;
  if (Number.isNaN(value)) return null;
  const isFloat = datatype.startsWith('FP');
  if (isFloat ? Number.isFinite(value) : Number.isSafeInteger(value)) return value;
  const rule = isFloat ? 'must be finite' : 'must be from -(2^53 - 1) to 2^53 - 1';
  throw badRequest(`input "${name}"`, rule, { got: value });
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function strings(name: string, bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 <= bytes.length ? at + 4 + view.getUint32(at, true) : Infinity;
    if (end > bytes.length) {
      const rule = 'must be elements with the length of each in four bytes before it';
      throw badRequest(`input "${name}", binary data`, rule, {
        got: `${counted(bytes.length - at, 'byte')} at the end`,
      });
    }
    try {
      values.push(utf8.decode(bytes.subarray(at + 4, end)));
    } catch {
      throw badRequest(`input "${name}", data[${values.length}]`, 'must be UTF-8');
    }
    at = end;
  }
  return values;
}
