/*
 * A TT-matrix is a TT-tensor over the combined modes (i_k, j_k): its entries are in the order i_1 j_1 i_2 j_2 …, those
 * of a table in the order i_1 i_2 … j_1 j_2 …. The place of an entry in TT order is the sum of an offset of its row and
 * an offset of its column.
 */

interface Factors {
  readonly rowShape: readonly number[];
  readonly colShape: readonly number[];
}

/** The offset of each row in TT order, [prod p_k]. */
export function rowOffsets({ rowShape, colShape }: Factors): Uint32Array {
  return offsets(
    rowShape,
    strides(rowShape, colShape).map((stride, k) => stride * colShape[k]!),
  );
}

/** The offset of each column in TT order, [prod q_k]. */
export function columnOffsets({ rowShape, colShape }: Factors): Uint32Array {
  return offsets(colShape, strides(rowShape, colShape));
}

/** The stride of each combined mode in TT order, [d]. */
function strides(rowShape: readonly number[], colShape: readonly number[]): number[] {
  const result = new Array<number>(rowShape.length);
  for (let k = rowShape.length - 1, stride = 1; k >= 0; k--) {
    result[k] = stride;
    stride *= rowShape[k]! * colShape[k]!;
  }
  return result;
}

/** The sum of digit times stride for every number of a mixed radix, in order. */
function offsets(radix: readonly number[], stride: readonly number[]): Uint32Array {
  let list: Uint32Array = Uint32Array.of(0);
  radix.forEach((factor, k) => {
    const longer = new Uint32Array(list.length * factor);
    let to = 0;
    for (const start of list)
      for (let digit = 0; digit < factor; digit++) longer[to++] = start + digit * stride[k]!;
    list = longer;
  });
  return list;
}
