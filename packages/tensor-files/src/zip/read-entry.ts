import { counted, isTtrecError } from '@ttrec/core';
import type { ByteSource } from '../byte-source/byte-source.ts';
import { error } from '../error.ts';
import type { ZipEntry } from './central-entries.ts';
import { crc32 } from './crc32.ts';
import { fieldsOf, LOCAL, STORED } from './zip-format.ts';

/**
 * Reads a whole entry, inflates it if necessary and verifies its checksum.
 * @throws `tensor-files/zip-entry`, `…/zip-size`, `…/zip-checksum`, `…/zip-inflate`, and what the source throws
 */
export async function readEntry(source: ByteSource, entry: ZipEntry): Promise<Uint8Array<ArrayBuffer>> {
  const subject = `${source.name}: "${entry.name}"`;
  const stored = await source.read(await dataOffset(source, entry), entry.compressedBytes);
  const bytes = entry.method === STORED ? stored : await inflate(subject, stored, entry.bytes);
  const got = crc32(bytes);
  if (got === entry.crc32) return bytes;
  throw error('zip-checksum', { subject, rule: `its CRC-32 must be ${entry.crc32}`, got });
}

/**
 * Reads some bytes of an entry. Of a stored entry only these are read, and the checksum is not verified.
 * @throws the codes of `readEntry`
 */
export async function readEntryRange(
  source: ByteSource,
  entry: ZipEntry,
  begin: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (begin === 0 && end === entry.bytes) return readEntry(source, entry);
  if (entry.method !== STORED) return (await readEntry(source, entry)).slice(begin, end);
  return source.read((await dataOffset(source, entry)) + begin, end - begin);
}

/** Returns where the data of an entry begins, after its local header, which must have the same name. */
async function dataOffset(source: ByteSource, entry: ZipEntry): Promise<number> {
  const subject = `${source.name}: "${entry.name}"`;
  const name = new TextEncoder().encode(entry.name);
  const header = await source.read(entry.offset, LOCAL.bytes + name.length);
  const fields = fieldsOf(header);
  const sameName =
    fields.getUint32(0, true) === LOCAL.signature &&
    fields.getUint16(26, true) === name.length &&
    name.every((byte, i) => header[LOCAL.bytes + i] === byte);
  const sameMethod = fields.getUint16(8, true) === entry.method;
  if (!sameName || !sameMethod) {
    const rule = `its header at byte ${entry.offset} must have the name and method of the directory`;
    throw error('zip-entry', { subject, rule });
  }
  const start = entry.offset + LOCAL.bytes + name.length + fields.getUint16(28, true);
  if (start + entry.compressedBytes <= entry.limit) return start;
  const rule = `its data must end before ${entry.limit}, where the next part begins`;
  throw error('zip-overlap', { subject, rule, got: start + entry.compressedBytes });
}

/** Never uses more memory than the size in the directory. */
async function inflate(
  subject: string,
  deflated: Uint8Array<ArrayBuffer>,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(size);
  const inflated: ReadableStream<Uint8Array> = new Blob([deflated])
    .stream()
    .pipeThrough(new DecompressionStream('deflate-raw'));
  // Not every browser iterates a stream.
  const reader = inflated.getReader();
  let at = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (at + part.value.length > size) throw wrongSize(subject, size, 'more');
      out.set(part.value, at);
      at += part.value.length;
    }
  } catch (cause) {
    await reader.cancel().catch(() => undefined);
    if (isTtrecError(cause)) throw cause;
    const got = cause instanceof Error ? cause.message : cause;
    throw error('zip-inflate', { subject, rule: 'must be a DEFLATE stream', got, cause });
  }
  if (at < size) throw wrongSize(subject, size, at);
  return out;
}

function wrongSize(subject: string, size: number, got: unknown): Error {
  return error('zip-size', { subject, rule: `must inflate to ${counted(size, 'byte')}`, got });
}
