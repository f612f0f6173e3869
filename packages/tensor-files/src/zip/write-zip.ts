import { crc32 } from './crc32.ts';
import {
  CENTRAL,
  DESCRIPTOR,
  DESCRIPTOR_FLAG,
  END,
  END64,
  END64_LOCATOR,
  fieldsOf,
  IN_64_BITS,
  IN_64_BITS_16,
  LOCAL,
  UTF8_FLAG,
  ZIP64_EXTRA,
} from './zip-format.ts';

/** A file to be stored, uncompressed. */
export interface StoredFile {
  readonly name: string;
  /** Length of `data`, before it is fetched. */
  readonly bytes: number;
  data(): Uint8Array | Promise<Uint8Array>;
}

interface Written {
  readonly name: Uint8Array;
  readonly bytes: number;
  readonly crc32: number;
  readonly offset: number;
}

/** Version 4.5 of the format, the first with 64-bit sizes. */
const VERSION = 45;
const FLAGS = DESCRIPTOR_FLAG | UTF8_FLAG;
/** Data begins at a multiple of this, so that it can be memory-mapped; the padding is an extra field of this kind. */
const ALIGNMENT = 64;
const PADDING_EXTRA = 0x4246;

/**
 * Yields a ZIP file of stored files, each fetched when it is written. Sizes take 64 bits where 32 are too few; dates are constant, so
 * that the same files give the same bytes.
 */
export async function* writeZip(files: Iterable<StoredFile>): AsyncGenerator<Uint8Array, void, undefined> {
  const written: Written[] = [];
  let at = 0;
  for (const file of files) {
    const name = new TextEncoder().encode(file.name);
    const header = localHeader(name, file.bytes, at);
    yield header;
    const data = await file.data();
    const entry = { name, bytes: data.length, crc32: crc32(data), offset: at };
    yield data;
    const descriptor = descriptorOf(entry);
    yield descriptor;
    written.push(entry);
    at += header.length + data.length + descriptor.length;
  }
  const directory = written.map(centralHeader);
  const directoryBytes = directory.reduce((sum, { length }) => sum + length, 0);
  yield* directory;
  yield endRecords(written.length, directoryBytes, at);
}

function localHeader(name: Uint8Array, bytes: number, at: number): Uint8Array {
  const wide = bytes >= IN_64_BITS ? 20 : 0;
  const unpadded = LOCAL.bytes + name.length + wide + 4;
  const padding = (ALIGNMENT - ((at + unpadded) % ALIGNMENT)) % ALIGNMENT;
  const header = new Uint8Array(unpadded + padding);
  const fields = fieldsOf(header);
  fields.setUint32(0, LOCAL.signature, true);
  fields.setUint16(4, VERSION, true);
  fields.setUint16(6, FLAGS, true);
  fields.setUint16(26, name.length, true);
  fields.setUint16(28, wide + 4 + padding, true);
  header.set(name, LOCAL.bytes);
  let extra = LOCAL.bytes + name.length;
  if (wide > 0) {
    // This field says that the sizes in the descriptor take 64 bits.
    fields.setUint32(18, IN_64_BITS, true);
    fields.setUint32(22, IN_64_BITS, true);
    fields.setUint16(extra, ZIP64_EXTRA, true);
    fields.setUint16(extra + 2, 16, true);
    extra += wide;
  }
  fields.setUint16(extra, PADDING_EXTRA, true);
  fields.setUint16(extra + 2, padding, true);
  return header;
}

function descriptorOf({ crc32: checksum, bytes }: Written): Uint8Array {
  const wide = bytes >= IN_64_BITS;
  const descriptor = new Uint8Array(wide ? DESCRIPTOR.bytes64 : DESCRIPTOR.bytes);
  const fields = fieldsOf(descriptor);
  fields.setUint32(0, DESCRIPTOR.signature, true);
  fields.setUint32(4, checksum, true);
  if (wide) {
    fields.setBigUint64(8, BigInt(bytes), true);
    fields.setBigUint64(16, BigInt(bytes), true);
  } else {
    fields.setUint32(8, bytes, true);
    fields.setUint32(12, bytes, true);
  }
  return descriptor;
}

function centralHeader({ name, bytes, crc32: checksum, offset }: Written): Uint8Array {
  const [wideSize, wideOffset] = [bytes >= IN_64_BITS, offset >= IN_64_BITS];
  const numbers = [...(wideSize ? [bytes, bytes] : []), ...(wideOffset ? [offset] : [])];
  const extraBytes = numbers.length === 0 ? 0 : 4 + 8 * numbers.length;
  const header = new Uint8Array(CENTRAL.bytes + name.length + extraBytes);
  const fields = fieldsOf(header);
  fields.setUint32(0, CENTRAL.signature, true);
  fields.setUint16(4, VERSION, true);
  fields.setUint16(6, VERSION, true);
  fields.setUint16(8, FLAGS, true);
  fields.setUint32(16, checksum, true);
  fields.setUint32(20, wideSize ? IN_64_BITS : bytes, true);
  fields.setUint32(24, wideSize ? IN_64_BITS : bytes, true);
  fields.setUint16(28, name.length, true);
  fields.setUint16(30, extraBytes, true);
  fields.setUint32(42, wideOffset ? IN_64_BITS : offset, true);
  header.set(name, CENTRAL.bytes);
  if (extraBytes > 0) {
    const extra = CENTRAL.bytes + name.length;
    fields.setUint16(extra, ZIP64_EXTRA, true);
    fields.setUint16(extra + 2, extraBytes - 4, true);
    numbers.forEach((number, i) => fields.setBigUint64(extra + 4 + 8 * i, BigInt(number), true));
  }
  return header;
}

/** The 64-bit end record, its locator, and the end record, as PyTorch writes them. */
function endRecords(entries: number, directoryBytes: number, offset: number): Uint8Array {
  const records = new Uint8Array(END64.bytes + END64_LOCATOR.bytes + END.bytes);
  const fields = fieldsOf(records);
  fields.setUint32(0, END64.signature, true);
  fields.setBigUint64(4, BigInt(END64.bytes - 12), true);
  fields.setUint16(12, VERSION, true);
  fields.setUint16(14, VERSION, true);
  fields.setBigUint64(24, BigInt(entries), true);
  fields.setBigUint64(32, BigInt(entries), true);
  fields.setBigUint64(40, BigInt(directoryBytes), true);
  fields.setBigUint64(48, BigInt(offset), true);
  fields.setUint32(END64.bytes, END64_LOCATOR.signature, true);
  fields.setBigUint64(END64.bytes + 8, BigInt(offset + directoryBytes), true);
  fields.setUint32(END64.bytes + 16, 1, true);
  const end = END64.bytes + END64_LOCATOR.bytes;
  fields.setUint32(end, END.signature, true);
  fields.setUint16(end + 8, Math.min(entries, IN_64_BITS_16), true);
  fields.setUint16(end + 10, Math.min(entries, IN_64_BITS_16), true);
  fields.setUint32(end + 12, Math.min(directoryBytes, IN_64_BITS), true);
  fields.setUint32(end + 16, Math.min(offset, IN_64_BITS), true);
  return records;
}
