import { error } from '../error.ts';

/**
 * The typed array of each dtype. A BOOL is one byte. JavaScript has no arrays of 8-bit floats or complex numbers, and not everywhere of
 * 16-bit floats: F8, F16 and BF16 are read as bits, and C64 as bytes, 8 for each value.
 */
export interface ArrayOfDtype {
  BOOL: Uint8Array;
  U8: Uint8Array;
  I8: Int8Array;
  F8_E4M3: Uint8Array;
  F8_E5M2: Uint8Array;
  F8_E8M0: Uint8Array;
  F8_E4M3FNUZ: Uint8Array;
  F8_E5M2FNUZ: Uint8Array;
  U16: Uint16Array;
  I16: Int16Array;
  F16: Uint16Array;
  BF16: Uint16Array;
  U32: Uint32Array;
  I32: Int32Array;
  F32: Float32Array;
  U64: BigUint64Array;
  I64: BigInt64Array;
  F64: Float64Array;
  /** Two float32 a value, the real part first. */
  C64: Uint8Array;
}

export type Dtype = keyof ArrayOfDtype;
export type TensorArray = ArrayOfDtype[Dtype];

interface ArrayType {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer): TensorArray;
}

const ARRAY_TYPES: Readonly<Record<Dtype, ArrayType>> = {
  BOOL: Uint8Array,
  U8: Uint8Array,
  I8: Int8Array,
  F8_E4M3: Uint8Array,
  F8_E5M2: Uint8Array,
  F8_E8M0: Uint8Array,
  F8_E4M3FNUZ: Uint8Array,
  F8_E5M2FNUZ: Uint8Array,
  U16: Uint16Array,
  I16: Int16Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  U32: Uint32Array,
  I32: Int32Array,
  F32: Float32Array,
  U64: BigUint64Array,
  I64: BigInt64Array,
  F64: Float64Array,
  C64: Uint8Array,
};

export const DTYPES = Object.keys(ARRAY_TYPES) as readonly Dtype[];

export function isDtype(name: unknown): name is Dtype {
  return typeof name === 'string' && Object.hasOwn(ARRAY_TYPES, name);
}

export function bytesPerElement(dtype: Dtype): number {
  return dtype === 'C64' ? 8 : ARRAY_TYPES[dtype].BYTES_PER_ELEMENT;
}

/** Bytes of an item of the dtype's array, which is less than an element for C64. */
export function itemBytes(dtype: Dtype): number {
  return ARRAY_TYPES[dtype].BYTES_PER_ELEMENT;
}

/** `Float32Array` for F32, and so on. */
export function arrayNameOf(dtype: Dtype): string {
  return ARRAY_TYPES[dtype].name;
}

/** Returns an array of `dtype` over `buffer`, whose bytes are little-endian. @throws `tensor-files/big-endian` */
export function arrayOver<D extends Dtype>(dtype: D, buffer: ArrayBuffer): ArrayOfDtype[D] {
  checkByteOrder();
  return new ARRAY_TYPES[dtype](buffer) as ArrayOfDtype[D];
}

/**
 * Files are little-endian: on a big-endian machine, numbers would be read wrong.
 * @throws `tensor-files/big-endian`
 */
export function checkByteOrder(): void {
  const [first] = new Uint8Array(new Uint16Array([1]).buffer);
  if (first === 1) return;
  throw error('big-endian', {
    subject: 'safetensors',
    rule: 'the machine must be little-endian',
    got: 'big-endian',
  });
}
