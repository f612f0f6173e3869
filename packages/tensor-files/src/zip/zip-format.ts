/** The records of a ZIP file (PKWARE APPNOTE 6.3), their sizes without names and extra fields. */
export const LOCAL = { signature: 0x04034b50, bytes: 30 };
export const CENTRAL = { signature: 0x02014b50, bytes: 46 };
export const END = { signature: 0x06054b50, bytes: 22 };
export const END64 = { signature: 0x06064b50, bytes: 56 };
export const END64_LOCATOR = { signature: 0x07064b50, bytes: 20 };
export const DESCRIPTOR = { signature: 0x08074b50, bytes: 16, bytes64: 24 };

/** Values of 16- and 32-bit fields whose number is in a 64-bit field. */
export const IN_64_BITS_16 = 0xffff;
export const IN_64_BITS = 0xffffffff;
export const ZIP64_EXTRA = 0x0001;

export const STORED = 0;
export const DEFLATED = 8;

export const ENCRYPTED_FLAG = 0x0001;
/** Sizes and checksum follow the data. */
export const DESCRIPTOR_FLAG = 0x0008;
export const UTF8_FLAG = 0x0800;

/** A view to read and write little-endian fields. */
export function fieldsOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
