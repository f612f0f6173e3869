import type { NdArray } from 'ndarray';
import type { FloatArray } from '../float-array.ts';

/** The fields of an ndarray that describe its elements. */
type Strided = Pick<NdArray<FloatArray>, 'data' | 'offset' | 'shape' | 'stride'>;

/** Copies the elements of an array in row-major order, in float64. O(size). */
export function contiguous({ data, offset, shape, stride }: Strided): Float64Array {
  const size = shape.reduce((product, length) => product * length, 1);
  if (isRowMajor(shape, stride)) return new Float64Array(data.subarray(offset, offset + size));
  const out = new Float64Array(size);
  let to = 0;
  const copy = (axis: number, from: number): void => {
    const length = shape[axis]!;
    const step = stride[axis]!;
    for (let i = 0; i < length; i++) {
      if (axis === shape.length - 1) out[to++] = data[from + i * step]!;
      else copy(axis + 1, from + i * step);
    }
  };
  copy(0, offset);
  return out;
}

/** Whether the elements are stored one after another in row-major order. */
function isRowMajor(shape: readonly number[], stride: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}
