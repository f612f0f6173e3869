import { deflateRawSync } from 'node:zlib';
import { crc32 } from '../src/zip/crc32.ts';

export interface Part {
  readonly name: string;
  readonly data: Uint8Array;
  readonly method?: number;
  /** What the directory says, where it is not the truth. */
  readonly crc32?: number;
  readonly bytes?: number;
  readonly compressedBytes?: number;
  readonly offset?: number;
  readonly flags?: number;
  readonly localName?: string;
  /** Sizes and place are told in 64 bits, by an extra field after one of another kind. */
  readonly wide?: boolean;
}

/** A ZIP file laid out by hand from the format's description: local headers and data, directory, end record. */
export function zip(
  parts: readonly Part[],
  end: { entries?: number; bytes?: number; offset?: number; disk?: number } = {},
): Uint8Array {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const part of parts) {
    const { name, data, method = 0, flags = 0 } = part;
    const stored = method === 8 ? deflateRawSync(data) : data;
    const sizes = [
      part.crc32 ?? crc32(data),
      part.compressedBytes ?? stored.length,
      part.bytes ?? data.length,
    ];
    const localName = part.localName ?? name;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt16LE(localName.length, 26);
    locals.push(Buffer.concat([local, Buffer.from(localName), stored]));
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(flags, 8);
    central.writeUInt16LE(method, 10);
    sizes.forEach((size, i) => central.writeUInt32LE(size, 16 + 4 * i));
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(part.offset ?? at, 42);
    directory.push(
      Buffer.concat([central, Buffer.from(name), part.wide ? widened(central) : Buffer.alloc(0)]),
    );
    at += locals.at(-1)!.length;
  }
  const bytes = Buffer.concat(directory).length;
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(end.disk ?? 0, 4);
  record.writeUInt16LE(end.entries ?? parts.length, 10);
  record.writeUInt32LE(end.bytes ?? bytes, 12);
  record.writeUInt32LE(end.offset ?? at, 16);
  return new Uint8Array(Buffer.concat([...locals, ...directory, record]));
}

/** Moves the sizes and the place of a directory entry into the extra field that is returned. */
function widened(central: Buffer): Buffer {
  const extra = Buffer.alloc(6 + 28);
  extra.writeUInt16LE(0x4246, 0);
  extra.writeUInt16LE(2, 2);
  extra.writeUInt16LE(1, 6);
  extra.writeUInt16LE(24, 8);
  [24, 20, 42].forEach((field, i) => {
    extra.writeBigUInt64LE(BigInt(central.readUInt32LE(field)), 10 + 8 * i);
    central.writeUInt32LE(0xffffffff, field);
  });
  central.writeUInt16LE(extra.length, 30);
  return extra;
}
