/** Arrays of fewer bytes are copied when they are sent. */
const LEAST_BYTES = 1 << 16;

type NumberArray = Uint8Array | Uint32Array | Float32Array | Float64Array;

/** Copies the large arrays of plain data into memory that threads share, where there is such memory, so that sending them copies nothing. */
export function withSharedArrays<Value>(value: Value): Value {
  return typeof SharedArrayBuffer === 'undefined' ? value : (shared(value) as Value);
}

function shared(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return value.byteLength < LEAST_BYTES ? value : copied(value as NumberArray);
  if (Array.isArray(value)) return value.map(shared);
  if (typeof value !== 'object' || value === null || value.constructor !== Object) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shared(each)]));
}

function copied(array: NumberArray): NumberArray {
  const type = array.constructor as new (buffer: SharedArrayBuffer) => NumberArray;
  const copy = new type(new SharedArrayBuffer(array.byteLength));
  copy.set(array);
  return copy;
}
