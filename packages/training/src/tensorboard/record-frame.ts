/** The polynomial of CRC-32C (Castagnoli), bits reversed. */
const POLYNOMIAL = 0x82f63b78;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let word = byte;
  for (let bit = 0; bit < 8; bit++) word = word & 1 ? (word >>> 1) ^ POLYNOMIAL : word >>> 1;
  return word;
});

export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** A checksum of data that may hold checksums, as TFRecord files have it. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** A record of a TFRecord file: its length as 64 bits, the checksum of these, the content, its checksum. */
export function recordFrame(content: Uint8Array): Uint8Array {
  const frame = new Uint8Array(content.length + 16);
  const view = new DataView(frame.buffer);
  view.setUint32(0, content.length, true);
  view.setUint32(8, masked(frame.subarray(0, 8)), true);
  frame.set(content, 12);
  view.setUint32(12 + content.length, masked(content), true);
  return frame;
}
