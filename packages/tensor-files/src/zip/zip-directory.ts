import type { ByteSource } from '../byte-source/byte-source.ts';
import { error } from '../error.ts';
import { centralEntries, type ZipEntry } from './central-entries.ts';
import { badDirectory, exact } from './zip-error.ts';
import { END, END64, END64_LOCATOR, fieldsOf, IN_64_BITS, IN_64_BITS_16 } from './zip-format.ts';

const LONGEST_COMMENT = 0xffff;

interface Directory {
  readonly entries: number;
  readonly offset: number;
  readonly bytes: number;
}

/**
 * Reads the central directory of a ZIP file: its entries by name. The directory must end where the next record begins, and entries
 * must not overlap.
 * @throws `tensor-files/not-zip`, `…/zip-directory`, `…/zip-unsupported`, `…/zip-overlap`, `…/zip-size`, `…/duplicate-name`
 */
export async function readZipDirectory(source: ByteSource): Promise<ReadonlyMap<string, ZipEntry>> {
  const { name, size } = source;
  const tailStart = Math.max(0, size - END.bytes - LONGEST_COMMENT - END64_LOCATOR.bytes);
  const tail = await source.read(tailStart, size - tailStart);
  const end = endOffset(name, tail);
  const small = smallDirectory(name, fieldsOf(tail.subarray(end)));
  const located = locate64(name, tail, end);
  const directory = located === undefined ? small : await directory64(source, located, small);
  const directoryEnd = located ?? tailStart + end;
  if (directory.offset + directory.bytes !== directoryEnd) {
    const rule = `its directory must end at byte ${directoryEnd}, where the record after it begins`;
    throw badDirectory(name, rule, directory.offset + directory.bytes);
  }
  return centralEntries(name, await source.read(directory.offset, directory.bytes), directory);
}

/** Returns where the end record begins in the last bytes of the file: its comment must end with the file. */
function endOffset(name: string, tail: Uint8Array): number {
  const fields = fieldsOf(tail);
  for (let at = tail.length - END.bytes; at >= 0; at--) {
    if (fields.getUint32(at, true) !== END.signature) continue;
    if (at + END.bytes + fields.getUint16(at + 20, true) === tail.length) return at;
  }
  throw error('not-zip', { subject: name, rule: 'must be a complete ZIP file' });
}

function smallDirectory(name: string, fields: DataView): Directory {
  const disks = [fields.getUint16(4, true), fields.getUint16(6, true)];
  if (disks.some((disk) => disk !== 0 && disk !== IN_64_BITS_16)) throw onSeveralDisks(name, disks);
  return {
    entries: fields.getUint16(10, true),
    bytes: fields.getUint32(12, true),
    offset: fields.getUint32(16, true),
  };
}

/** Returns where the 64-bit end record begins, if there is one. */
function locate64(name: string, tail: Uint8Array, end: number): number | undefined {
  const at = end - END64_LOCATOR.bytes;
  if (at < 0) return undefined;
  const fields = fieldsOf(tail);
  if (fields.getUint32(at, true) !== END64_LOCATOR.signature) return undefined;
  return exact(name, fields.getBigUint64(at + 8, true));
}

/** Reads the 64-bit record. Fields of the small record must agree with it or refer to it. */
async function directory64(source: ByteSource, offset: number, small: Directory): Promise<Directory> {
  const { name, size } = source;
  const rule = 'the 64-bit end record must lie in front of its locator';
  if (offset + END64.bytes > size) throw badDirectory(name, rule, offset);
  const fields = fieldsOf(await source.read(offset, END64.bytes));
  if (fields.getUint32(0, true) !== END64.signature) throw badDirectory(name, rule, offset);
  const disks = [fields.getUint32(16, true), fields.getUint32(20, true)];
  if (disks.some((disk) => disk !== 0)) throw onSeveralDisks(name, disks);
  const directory = {
    entries: exact(name, fields.getBigUint64(32, true)),
    bytes: exact(name, fields.getBigUint64(40, true)),
    offset: exact(name, fields.getBigUint64(48, true)),
  };
  const agrees =
    (small.entries === IN_64_BITS_16 || small.entries === directory.entries) &&
    (small.bytes === IN_64_BITS || small.bytes === directory.bytes) &&
    (small.offset === IN_64_BITS || small.offset === directory.offset);
  if (!agrees) throw badDirectory(name, 'its two end records must agree', [small, directory]);
  return directory;
}

function onSeveralDisks(name: string, got: unknown): Error {
  return error('zip-unsupported', { subject: name, rule: 'must be one file, on disk 0', got });
}
