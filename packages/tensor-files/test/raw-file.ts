/** A safetensors file laid out by hand from the format's definition; `header` may be any text or JSON value. */
export function rawFile(header: unknown, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setUint32(0, json.length, true);
  file.set(json, 8);
  return file;
}

export interface RawTensor {
  readonly dtype: string;
  readonly shape: number[];
  readonly bytes: Uint8Array;
}

/** An independent reading, with nothing of the package: length, JSON, then slices. */
export function readRaw(file: Uint8Array): { metadata: unknown; tensors: Record<string, RawTensor> } {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  const { __metadata__: metadata, ...entries } = JSON.parse(
    new TextDecoder().decode(file.subarray(8, 8 + length)),
  ) as Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;
  const tensors: Record<string, RawTensor> = {};
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(entries)) {
    const [begin, end] = data_offsets;
    tensors[name] = { dtype, shape, bytes: file.slice(8 + length + begin, 8 + length + end) };
  }
  return { metadata, tensors };
}

export function joined(chunks: Iterable<Uint8Array>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat([...chunks]));
}
