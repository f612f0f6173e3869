import { counted } from '@ttrec/core';
import { error } from '../error.ts';
import { knownFormat } from '../known-formats.ts';
import { checkByteOrder, type Dtype } from '../tensor/dtype.ts';
import { checkedByteLength } from '../tensor/tensor.ts';
import { descrOfDtype, dtypeOfDescr } from './npy-dtype.ts';
import { parseNpyDict } from './npy-dict.ts';

/** `\x93NUMPY` */
const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);
/** The magic, two bytes of version, and at most four of the header's length. */
const PREFIX_BYTES = 12;
/** NumPy's own limit is 10,000 by default. */
const MAX_HEADER_BYTES = 1 << 16;
const ALIGNMENT = 64;

export interface NpyHeader {
  readonly dtype: Dtype;
  /** [] for a scalar. Row-major. */
  readonly shape: readonly number[];
  /** Where the numbers begin, counted from the file's first byte. */
  readonly byteOffset: number;
  readonly byteLength: number;
}

/**
 * Returns where the header begins and ends, from the first 12 bytes of a file. More bytes help to name another format.
 * @throws `tensor-files/not-npy`, `…/unknown-npy-version`, `…/header-too-long`, `…/truncated-header`
 */
export function npyHeaderRange(first: Uint8Array, name: string): { begin: number; end: number } {
  if (!MAGIC.every((byte, i) => first[i] === byte)) {
    const known = knownFormat(first);
    const rule = 'must begin with the six bytes \\x93NUMPY';
    throw error('not-npy', {
      subject: name,
      rule,
      got: known?.what ?? 'other bytes',
      hint: known?.hint,
    });
  }
  const [major, minor] = [first[6], first[7]];
  if (major !== undefined && (major < 1 || major > 3 || minor !== 0)) {
    const rule = 'the format must be version 1.0, 2.0 or 3.0';
    throw error('unknown-npy-version', { subject: name, rule, got: `version ${major}.${minor ?? '?'}` });
  }
  const begin = major === 1 ? 10 : 12;
  if (first.length < begin) throw truncated(name, begin, first.length);
  const view = new DataView(first.buffer, first.byteOffset, first.byteLength);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length <= MAX_HEADER_BYTES) return { begin, end: begin + length };
  const rule = `the header must take at most ${MAX_HEADER_BYTES} bytes`;
  throw error('header-too-long', { subject: name, rule, got: length });
}

/**
 * Reads and checks the header of an npy file of `totalBytes`, of which `bytes` holds at least the header.
 * @throws the codes of `npyHeaderRange`, and `tensor-files/header-not-utf8`, `…/bad-npy-header`, `…/unknown-dtype`, `…/bad-shape`,
 *   `…/fortran-order`, `…/truncated-data`, `…/trailing-data`, `…/big-endian`
 */
export function readNpyHeader(bytes: Uint8Array, name: string, totalBytes: number): NpyHeader {
  checkByteOrder();
  const { begin, end } = npyHeaderRange(bytes, name);
  if (bytes.length < end) throw truncated(name, end, bytes.length);
  const { descr, fortranOrder, shape } = parseNpyDict(bytes.subarray(begin, end), name);
  const dtype = dtypeOfDescr(name, descr);
  const byteLength = checkedByteLength(name, dtype, shape);
  if (fortranOrder && shape.filter((size) => size > 1).length > 1) {
    const rule = `[${shape.join(', ')}] must be stored row by row`;
    const hint = 'Save numpy.ascontiguousarray(array).';
    throw error('fortran-order', { subject: name, rule, got: 'columns first (fortran_order)', hint });
  }
  checkLength(name, end + byteLength, totalBytes);
  return { dtype, shape, byteOffset: end, byteLength };
}

function checkLength(name: string, needed: number, totalBytes: number): void {
  if (needed === totalBytes) return;
  const code = totalBytes < needed ? 'truncated-data' : 'trailing-data';
  const rule = `its numbers end at byte ${needed}, and so must the file`;
  throw error(code, { subject: name, rule, got: `a file of ${counted(totalBytes, 'byte')}` });
}

function truncated(name: string, needed: number, got: number): Error {
  const rule = `the file must hold the ${counted(needed, 'byte')} in which its header ends`;
  return error('truncated-header', { subject: name, rule, got });
}

/** The header of a file, padded so that the numbers begin at a multiple of 64. @throws `tensor-files/unknown-dtype`, `…/bad-shape` */
export function encodeNpyHeader(name: string, dtype: Dtype, shape: readonly number[]): Uint8Array {
  checkByteOrder();
  checkedByteLength(name, dtype, shape);
  const descr = descrOfDtype(name, dtype);
  const tuple = shape.length === 1 ? `(${shape[0]!},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const total = Math.ceil((PREFIX_BYTES + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = new Uint8Array(total).fill(' '.charCodeAt(0));
  // Version 1.0 has two bytes for its length, enough for as many axes as NumPy allows.
  const version = total - 10 < 1 << 16 ? 1 : 2;
  const begin = version === 1 ? 10 : 12;
  header.set(MAGIC);
  header.set([version, 0], MAGIC.length);
  const view = new DataView(header.buffer);
  if (version === 1) view.setUint16(8, total - begin, true);
  else view.setUint32(8, total - begin, true);
  header.set(new TextEncoder().encode(text), begin);
  header[total - 1] = '\n'.charCodeAt(0);
  return header;
}
