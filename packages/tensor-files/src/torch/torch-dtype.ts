import type { Dtype } from '../tensor/dtype.ts';

/** PyTorch's storage classes. */
const STORAGE_OF = {
  BOOL: 'BoolStorage',
  U8: 'ByteStorage',
  I8: 'CharStorage',
  I16: 'ShortStorage',
  F16: 'HalfStorage',
  BF16: 'BFloat16Storage',
  I32: 'IntStorage',
  F32: 'FloatStorage',
  I64: 'LongStorage',
  F64: 'DoubleStorage',
  C64: 'ComplexFloatStorage',
} as const satisfies Partial<Record<Dtype, string>>;

const DTYPE_OF = new Map<string, Dtype>(
  Object.entries(STORAGE_OF).map(([dtype, storage]) => [storage, dtype as Dtype]),
);

/** Dtypes without a storage class, which tensors name themselves. */
const DTYPES_OF_TENSORS = new Map<string, Dtype>([
  ['torch.uint16', 'U16'],
  ['torch.uint32', 'U32'],
  ['torch.uint64', 'U64'],
  ['torch.float8_e4m3fn', 'F8_E4M3'],
  ['torch.float8_e5m2', 'F8_E5M2'],
  ['torch.float8_e4m3fnuz', 'F8_E4M3FNUZ'],
  ['torch.float8_e5m2fnuz', 'F8_E5M2FNUZ'],
  ['torch.float8_e8m0fnu', 'F8_E8M0'],
]);

/** The dtype of `torch.uint16` and the like; undefined for other names. */
export function dtypeNamed(name: string): Dtype | undefined {
  return DTYPES_OF_TENSORS.get(name);
}

/** The dtype of `torch.FloatStorage` and of `torch.cuda.FloatStorage`; undefined for other names. */
export function dtypeOfStorage(name: string): Dtype | undefined {
  return DTYPE_OF.get(/^torch\.(?:cuda\.)?(\w+Storage)$/.exec(name)?.[1] ?? '');
}

export function storageOf(dtype: Dtype): string | undefined {
  return (STORAGE_OF as Partial<Record<Dtype, string>>)[dtype];
}

export const TORCH_DTYPES = Object.keys(STORAGE_OF) as readonly Dtype[];
