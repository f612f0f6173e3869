import type { TTShape } from '@ttrec/tensor-train';

/** Whether two TTs have the same factors and ranks, so that one's cores are the other's. */
export function sameShape(a: TTShape, b: TTShape): boolean {
  const written = ({ rowShape, colShape, ranks }: TTShape) => JSON.stringify([rowShape, colShape, ranks]);
  return written(a) === written(b);
}
