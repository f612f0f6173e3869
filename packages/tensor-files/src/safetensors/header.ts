import { isTtrecError } from '@ttrec/core';
import { JsonFault, parseJson } from '@ttrec/core/json';
import { checkOptions } from '@ttrec/core/options';
import { error } from '../error.ts';
import { knownFormat } from '../known-formats.ts';
import { duplicateName } from '../tensor/unique-names.ts';
import { bytesPerElement, type Dtype } from '../tensor/dtype.ts';
import { checkLayout, type Place } from './layout.ts';
import {
  checkedDtype,
  checkedElements,
  LENGTH_BYTES,
  MAX_HEADER_BYTES,
  METADATA_KEY,
  type TensorInfo,
} from '../tensor/tensor.ts';

export interface SafetensorsHeader {
  /** Strings about the file; may be empty. */
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of their bytes. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Tensors of dtypes that are not read, each with the error that reading it throws. */
  readonly unreadable: ReadonlyMap<string, Error>;
}

export interface HeaderOptions {
  /** Shown in errors. */
  readonly source?: string | undefined;
  /** The length of the file, if `bytes` is only its beginning. */
  readonly totalBytes?: number | undefined;
}

/**
 * Reads and checks the header of a safetensors file, of which `bytes` holds at least the header.
 * Every tensor then lies inside the file, and every byte of the file belongs to one tensor.
 * @throws the codes of `readHeaderLength` and `checkLayout`, and `tensor-files/header-not-utf8`, `…/header-not-json`,
 *   `…/header-too-deep`, `…/header-not-object`, `…/duplicate-name`, `…/bad-metadata`, `…/bad-entry`, `…/bad-shape`, `…/bad-offsets`,
 *   `…/size-mismatch`
 */
export function readSafetensorsHeader(bytes: Uint8Array, options: HeaderOptions = {}): SafetensorsHeader {
  checkOptions(error, 'readSafetensorsHeader', options, { source: 'string', totalBytes: 'any' });
  const { source = 'safetensors bytes', totalBytes = bytes.length } = options;
  const dataStart = LENGTH_BYTES + readHeaderLength(bytes, { source, totalBytes });
  if (bytes.length < dataStart) throw truncatedHeader(source, dataStart, bytes.length);
  const entries = parseHeader(bytes.subarray(LENGTH_BYTES, dataStart), source);
  let metadata: Readonly<Record<string, string>> = {};
  const places: (TensorInfo | UnreadableTensor)[] = [];
  const tensors = new Map<string, TensorInfo>();
  const unreadable = new Map<string, Error>();
  for (const [name, entry] of Object.entries(entries)) {
    if (name === METADATA_KEY) metadata = checkedMetadata(source, entry);
    else places.push(readEntry(`${source}: tensor "${name}"`, name, entry, dataStart));
  }
  places.sort((a, b) => a.byteOffset - b.byteOffset || a.byteLength - b.byteLength);
  checkLayout(source, places, dataStart, totalBytes);
  for (const place of places) {
    if ('fault' in place) unreadable.set(place.name, place.fault);
    else tensors.set(place.name, place);
  }
  return { metadata, tensors, unreadable };
}

interface FileParts {
  readonly source: string;
  readonly totalBytes: number;
}

/**
 * Returns the length of the header, from the first 8 bytes of a file of `totalBytes`. More bytes help to name another format.
 * @throws `tensor-files/not-safetensors`, `tensor-files/truncated-header`, `tensor-files/header-too-long`
 */
export function readHeaderLength(first: Uint8Array, { source, totalBytes }: FileParts): number {
  if (first[LENGTH_BYTES] !== '{'.charCodeAt(0)) refuseKnownFormat(first, source);
  if (first.length < LENGTH_BYTES) throw truncatedHeader(source, LENGTH_BYTES, first.length);
  const view = new DataView(first.buffer, first.byteOffset, LENGTH_BYTES);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES))
    throw headerTooLong(source, length, 'It may be a file of another format.');
  const end = LENGTH_BYTES + Number(length);
  if (totalBytes < end) throw truncatedHeader(source, end, totalBytes);
  return Number(length);
}

function refuseKnownFormat(first: Uint8Array, source: string): void {
  const known = knownFormat(first);
  if (known === undefined) return;
  const rule = 'must be a safetensors file';
  throw error('not-safetensors', { subject: source, rule, got: known.what, hint: known.hint });
}

export function headerTooLong(source: string, length: number | bigint, hint?: string): Error {
  const rule = `the header must take at most ${MAX_HEADER_BYTES} bytes`;
  return error('header-too-long', { subject: source, rule, got: length, hint });
}

function truncatedHeader(source: string, needed: number, got: number): Error {
  const rule = `the file must hold the ${needed} bytes in which its header ends`;
  return error('truncated-header', { subject: source, rule, got });
}

function parseHeader(bytes: Uint8Array, source: string): object {
  const subject = `${source}: header`;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw error('header-not-utf8', { subject, rule: 'must be UTF-8', cause });
  }
  let value: unknown;
  try {
    value = parseJson(text, { allowProto: true });
  } catch (cause) {
    if (!(cause instanceof JsonFault)) throw cause;
    if (cause.kind === 'duplicate-key') throw duplicateName(subject, cause.key!);
    if (cause.kind === 'depth')
      throw error('header-too-deep', { subject, rule: cause.rule, got: cause.got, cause });
    throw error('header-not-json', { subject, rule: 'must be JSON', got: text.slice(0, 40), cause });
  }
  if (isObject(value)) return value;
  throw error('header-not-object', { subject, rule: 'must be a JSON object', got: value });
}

/** @throws `tensor-files/bad-metadata` */
export function checkedMetadata(source: string, value: unknown): Readonly<Record<string, string>> {
  const subject = `${source}: ${METADATA_KEY}`;
  const rule = 'must be an object of strings';
  if (!isObject(value)) throw error('bad-metadata', { subject, rule, got: value });
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string')
      throw error('bad-metadata', { subject: `${subject}.${key}`, rule, got: text });
  }
  return value as Record<string, string>;
}

interface UnreadableTensor extends Place {
  readonly fault: Error;
}

function readEntry(
  subject: string,
  name: string,
  entry: unknown,
  dataStart: number,
): TensorInfo | UnreadableTensor {
  if (!isObject(entry) || !('dtype' in entry && 'shape' in entry && 'data_offsets' in entry)) {
    throw error('bad-entry', { subject, rule: 'must hold dtype, shape and data_offsets', got: entry });
  }
  const elements = checkedElements(subject, entry.shape);
  const shape = entry.shape as readonly number[];
  const [begin, end] = checkedOffsets(subject, entry.data_offsets);
  const place = { name, byteOffset: dataStart + begin, byteLength: end - begin };
  let dtype: Dtype;
  try {
    dtype = checkedDtype(subject, entry.dtype);
  } catch (fault) {
    if (!isTtrecError(fault)) throw fault;
    return { ...place, fault };
  }
  const needed = elements * bytesPerElement(dtype);
  if (end - begin === needed) return { ...place, dtype, shape };
  const rule = `${dtype} [${shape.join(', ')}] takes ${needed} bytes, which data_offsets must span`;
  throw error('size-mismatch', { subject, rule, got: end - begin });
}

function checkedOffsets(subject: string, value: unknown): readonly [begin: number, end: number] {
  const valid = Array.isArray(value) && value.length === 2 && value.every(isOffset) && value[0]! <= value[1]!;
  if (valid) return value as unknown as readonly [number, number];
  const rule = `data_offsets must be two integers from 0 to ${MAX_OFFSET}, the second not below the first`;
  throw error('bad-offsets', { subject, rule, got: value });
}

/** Offsets plus the length of the header stay safe integers. */
const MAX_OFFSET = 2 ** 52;

function isOffset(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_OFFSET;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
