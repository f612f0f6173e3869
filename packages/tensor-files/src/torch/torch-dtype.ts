import type { Dtype } from '../safetensors/dtype.ts';

/** PyTorch's class of storage for each dtype that it writes by one. */
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
} as const satisfies Partial<Record<Dtype, string>>;

const DTYPE_OF = new Map<string, Dtype>(
  Object.entries(STORAGE_OF).map(([dtype, storage]) => [storage, dtype as Dtype]),
);

/** The dtype of `torch.FloatStorage` and of `torch.cuda.FloatStorage`; undefined for other names. */
export function dtypeOfStorage(name: string): Dtype | undefined {
  return DTYPE_OF.get(/^torch\.(?:cuda\.)?(\w+Storage)$/.exec(name)?.[1] ?? '');
}

export function storageOf(dtype: Dtype): string | undefined {
  return (STORAGE_OF as Partial<Record<Dtype, string>>)[dtype];
}

export const TORCH_DTYPES = Object.keys(STORAGE_OF) as readonly Dtype[];
