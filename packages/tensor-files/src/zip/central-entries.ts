import { counted } from '@ttrec/core';
import { error } from '../error.ts';
import { duplicateName } from '../tensor/unique-names.ts';
import { badDirectory, exact } from './zip-error.ts';
import {
  CENTRAL,
  DEFLATED,
  ENCRYPTED_FLAG,
  fieldsOf,
  IN_64_BITS,
  LOCAL,
  STORED,
  ZIP64_EXTRA,
} from './zip-format.ts';

/** An entry of the central directory of a ZIP file. */
export interface ZipEntry {
  readonly name: string;
  readonly method: typeof STORED | typeof DEFLATED;
  readonly crc32: number;
  /** Bytes in the ZIP file. */
  readonly compressedBytes: number;
  /** Bytes after inflation. */
  readonly bytes: number;
  /** Position of its local header. */
  readonly offset: number;
  /** Position of the next entry or the directory, where its data must have ended. */
  readonly limit: number;
}

/** Weights hardly shrink; a higher ratio (DEFLATE reaches 1032) is an attempt to exhaust memory. */
const MAX_INFLATION = 100;
const NAME_BYTES = 1024;

/**
 * Parses the central directory.
 * @throws `tensor-files/zip-directory`, `…/zip-unsupported`, `…/zip-overlap`, `…/zip-size`, `…/zip-bomb`, `…/duplicate-name`
 */
export function centralEntries(
  name: string,
  bytes: Uint8Array,
  { entries: count, offset: end }: { readonly entries: number; readonly offset: number },
): ReadonlyMap<string, ZipEntry> {
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  let at = 0;
  while (at < bytes.length) {
    const [entry, next] = centralEntry(name, bytes, at);
    if (names.has(entry.name)) throw duplicateName(name, entry.name);
    names.add(entry.name);
    entries.push(entry);
    at = next;
  }
  if (entries.length !== count) throw badDirectory(name, `must have ${count} entries`, entries.length);
  return limited(name, entries, end);
}

function centralEntry(file: string, bytes: Uint8Array, at: number): [entry: ZipEntry, next: number] {
  const fields = fieldsOf(bytes);
  if (at + CENTRAL.bytes > bytes.length || fields.getUint32(at, true) !== CENTRAL.signature) {
    throw badDirectory(file, 'its directory must be made of entries', `other bytes at ${at}`);
  }
  const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) =>
    fields.getUint16(at + field, true),
  );
  const nameStart = at + CENTRAL.bytes;
  const extraStart = nameStart + nameBytes!;
  const next = extraStart + extraBytes! + commentBytes!;
  if (next > bytes.length) throw badDirectory(file, 'the last entry must end with its directory', next);
  const name = nameOf(file, bytes.subarray(nameStart, extraStart));
  const flags = fields.getUint16(at + 8, true);
  const method = fields.getUint16(at + 10, true);
  if (flags & ENCRYPTED_FLAG || (method !== STORED && method !== DEFLATED)) {
    const got = flags & ENCRYPTED_FLAG ? 'encrypted' : `method ${method}`;
    throw error('zip-unsupported', {
      subject: `${file}: "${name}"`,
      rule: 'must be stored or deflated',
      got,
    });
  }
  const extra = bytes.subarray(extraStart, extraStart + extraBytes!);
  const small = [24, 20, 42].map((field) => fields.getUint32(at + field, true));
  const [size, compressedBytes, offset] = with64Bits(file, small, extra) as [number, number, number];
  const crc32 = fields.getUint32(at + 16, true);
  return [{ name, method, crc32, compressedBytes, bytes: size, offset, limit: Infinity }, next];
}

function nameOf(file: string, bytes: Uint8Array): string {
  const rule = `names must be 1 to ${NAME_BYTES} bytes of UTF-8`;
  if (bytes.length === 0 || bytes.length > NAME_BYTES) throw badDirectory(file, rule, bytes.length);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw badDirectory(file, rule, 'other bytes');
  }
}

/** Replaces numbers that do not fit 32 bits with those of the extra field, which has them in this order. */
function with64Bits(file: string, small: readonly number[], extra: Uint8Array): number[] {
  if (!small.includes(IN_64_BITS)) return [...small];
  const wide = extraField(extra, ZIP64_EXTRA);
  let at = 0;
  return small.map((value) => {
    if (value !== IN_64_BITS) return value;
    if (at + 8 > wide.length)
      throw badDirectory(file, 'a 64-bit size must be in its extra field', wide.length);
    at += 8;
    return exact(file, fieldsOf(wide).getBigUint64(at - 8, true));
  });
}

/** Returns the extra field of that kind, or no bytes. */
function extraField(extra: Uint8Array, wanted: number): Uint8Array {
  const fields = fieldsOf(extra);
  for (let at = 0; at + 4 <= extra.length; at += 4 + fields.getUint16(at + 2, true)) {
    if (fields.getUint16(at, true) !== wanted) continue;
    return extra.subarray(at + 4, at + 4 + fields.getUint16(at + 2, true));
  }
  return new Uint8Array(0);
}

/** Checks that entries do not overlap, and how much each inflates. */
function limited(file: string, entries: readonly ZipEntry[], end: number): ReadonlyMap<string, ZipEntry> {
  const ordered = [...entries].sort((a, b) => a.offset - b.offset);
  return new Map(
    ordered.map((entry, i) => {
      const subject = `${file}: "${entry.name}"`;
      const limit = ordered[i + 1]?.offset ?? end;
      const { offset, compressedBytes, bytes } = entry;
      if (offset + LOCAL.bytes + entry.name.length + compressedBytes > limit) {
        const rule = `its ${counted(compressedBytes, 'byte')} from ${offset} must end before ${limit}, where the next part begins`;
        throw error('zip-overlap', { subject, rule });
      }
      if (entry.method === STORED && bytes !== compressedBytes) {
        throw error('zip-size', {
          subject,
          rule: `stored in ${counted(compressedBytes, 'byte')}, must be as long`,
          got: bytes,
        });
      }
      if (bytes > MAX_INFLATION * (compressedBytes + LOCAL.bytes)) {
        const rule = `its ${counted(compressedBytes, 'byte')} may inflate to at most ${MAX_INFLATION} times as many`;
        throw error('zip-bomb', { subject, rule, got: bytes });
      }
      return [entry.name, { ...entry, limit }];
    }),
  );
}
