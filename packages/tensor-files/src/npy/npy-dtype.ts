import { didYouMean } from '@ttrec/core';
import { error } from '../error.ts';
import type { Dtype } from '../tensor/dtype.ts';

/** NumPy's names on little-endian machines. It has none for BF16 and F8. */
const DESCR_OF: Readonly<Partial<Record<Dtype, string>>> = {
  BOOL: '|b1',
  U8: '|u1',
  I8: '|i1',
  U16: '<u2',
  I16: '<i2',
  F16: '<f2',
  U32: '<u4',
  I32: '<i4',
  F32: '<f4',
  U64: '<u8',
  I64: '<i8',
  F64: '<f8',
  C64: '<c8',
};
const DTYPE_OF = new Map(Object.entries(DESCR_OF).map(([dtype, descr]) => [descr, dtype as Dtype]));

/** @throws `tensor-files/unknown-dtype` */
export function dtypeOfDescr(subject: string, descr: string): Dtype {
  const dtype = DTYPE_OF.get(descr);
  if (dtype !== undefined) return dtype;
  const swapped = DTYPE_OF.has(`<${descr.slice(1)}`) && descr.startsWith('>');
  throw error('unknown-dtype', {
    subject,
    rule: `descr must be one of ${[...DTYPE_OF.keys()].join(', ')}`,
    got: descr,
    hint: swapped ? `Save it little-endian, with .astype('<${descr.slice(1)}').` : undefined,
  });
}

/** @throws `tensor-files/unknown-dtype` */
export function descrOfDtype(subject: string, dtype: Dtype): string {
  const descr = DESCR_OF[dtype];
  if (descr !== undefined) return descr;
  const known = Object.keys(DESCR_OF);
  throw error('unknown-dtype', {
    subject,
    rule: `npy holds ${known.join(', ')}`,
    got: dtype,
    hint: didYouMean(dtype, known),
  });
}
