const IMPORT_SECTION = 2;
const MEMORY = 2;
/** Of a memory's limits: there is a maximum, and the memory is shared. */
const SHARED_WITH_MAXIMUM = 3;
/** 65,536 pages, all that 32-bit addresses reach: a memory with any maximum fits the import. */
const MAXIMUM = [0x80, 0x80, 0x04];
/** Magic number and version. */
const HEADER = 8;

/**
 * The same module with a shared memory for its import. The kernels are compiled once for both kinds of memory: in the
 * binary format they differ in the limits of the import alone.
 *
 * @param bytes a module whose first import is its memory, without a maximum
 */
export function withSharedMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let at = HEADER;
  while (bytes[at] !== IMPORT_SECTION) {
    const size = readUnsigned(bytes, at + 1);
    at = size.end + size.value;
  }
  const size = readUnsigned(bytes, at + 1);
  const limits = endOfNames(bytes, readUnsigned(bytes, size.end).end) + 1;
  if (bytes[limits - 1] !== MEMORY || bytes[limits] !== 0) {
    throw new TypeError('the first import must be a memory without a maximum');
  }
  const initial = readUnsigned(bytes, limits + 1);
  return Uint8Array.from([
    ...bytes.subarray(0, at + 1),
    ...unsigned(size.value + MAXIMUM.length),
    ...bytes.subarray(size.end, limits),
    SHARED_WITH_MAXIMUM,
    ...bytes.subarray(limits + 1, initial.end),
    ...MAXIMUM,
    ...bytes.subarray(initial.end),
  ]);
}

/** After the names of the import's module and of its field. */
function endOfNames(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let names = 0; names < 2; names++) {
    const length = readUnsigned(bytes, at);
    at = length.end + length.value;
  }
  return at;
}

/** An unsigned LEB128 number: seven bits a byte, lowest first. */
function readUnsigned(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let at = start, scale = 1; ; at++, scale *= 128) {
    const byte = bytes[at]!;
    value += (byte & 127) * scale;
    if (byte < 128) return { value, end: at + 1 };
  }
}

function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...unsigned(Math.floor(value / 128))];
}
