import { error } from '../error.ts';

/**
 * The typed array that holds each dtype of the format. BOOL takes one byte a value. JavaScript has no array for 8-bit floats, none for
 * 16-bit floats everywhere, and none for complex numbers: F8 and F16 are held as their bits, and C64 as bytes, 8 a value.
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

/** Bytes of an item of the dtype's array: less than an element takes where the array holds bytes. */
export function itemBytes(dtype: Dtype): number {
  return ARRAY_TYPES[dtype].BYTES_PER_ELEMENT;
}

/** `Float32Array` for F32, and so on. */
export function arrayNameOf(dtype: Dtype): string {
  return ARRAY_TYPES[dtype].name;
}

/** An array of `dtype` over the whole of `buffer`, whose bytes are little-endian. @throws `tensor-files/big-endian` */
export function arrayOver<D extends Dtype>(dtype: D, buffer: ArrayBuffer): ArrayOfDtype[D] {
  checkByteOrder();
  return new ARRAY_TYPES[dtype](buffer) as ArrayOfDtype[D];
}

/**
 * Files are little-endian, and so is every machine in use; on another one numbers would be read wrong without a word.
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
