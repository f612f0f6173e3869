/** What tables are made from rows with. It is loaded when it is used: a step of training decomposes and solves nothing. */
export { fitParts } from '../kinds/compositional/fit-parts.ts';
export { fitProjection } from '../kinds/projected/fit-projection.ts';
export { rangeOf } from '../kinds/trained-integers/range-of.ts';
export { fitTT } from '../kinds/tt/fit-tt.ts';
export { TableSource, takeOver } from './convert-table.ts';
export { fitOneAfterAnother } from './fit-one-after-another.ts';
export { leastSquaresRows } from './least-squares-rows.ts';
export { rowBlocks, rowRange } from './row-source.ts';
