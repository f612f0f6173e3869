import type { Block } from '@ttrec/backend';
import type { MatmulArgs } from '@ttrec/backend/kernels';
import { blockOffset, type Arrays } from '../arrays.ts';
import { Destination, ProductSum, type Operand } from './product-sum.ts';

/** Packing an operand pays once it is read by this many tiles … */
const LANES_WORTH_PACKING = 32;
/** … and no longer stays in the first-level cache by itself. In elements. */
const ELEMENTS_WORTH_PACKING = 4096;

export function createMatmul(arrays: Arrays): (args: MatmulArgs) => void {
  const product = new ProductSum();
  const destination = new Destination();

  return ({ a, b, out, transposeA = false, transposeB = false, bias, activation }) => {
    const inner = transposeA ? a.rows : a.cols;
    product.inner = inner;
    place(product.a, a, arrays, !transposeA);
    place(product.b, b, arrays, transposeB);
    packWherePays(product.a, out.rows, inner, out.cols);
    packWherePays(product.b, out.cols, inner, out.rows);
    destination.data = arrays.float32(out.buffer);
    destination.offset = blockOffset(out);
    destination.rowStride = out.buffer.cols;
    destination.bias = bias && arrays.float32(bias.buffer);
    destination.biasOffset = bias ? blockOffset(bias) : 0;
    destination.relu = activation === 'relu';
    product.into(destination, out.rows, out.cols);
  };
}

function place(operand: Operand, block: Block, arrays: Arrays, lanesAreRows: boolean): void {
  const stride = block.buffer.cols;
  operand.place(arrays.float32(block.buffer), lanesAreRows ? stride : 1, lanesAreRows ? 1 : stride);
  operand.offsets[0] = blockOffset(block);
}

/** An operand whose inner dimension is contiguous streams well as it is. */
function packWherePays(operand: Operand, lanes: number, inner: number, otherLanes: number): void {
  if (operand.innerStride === 1 || otherLanes < LANES_WORTH_PACKING) return;
  if (lanes * inner >= ELEMENTS_WORTH_PACKING) operand.pack(lanes, inner);
}
