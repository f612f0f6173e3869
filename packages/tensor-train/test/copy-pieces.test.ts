import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromPieces, toPieces } from '../src/tt/copy-pieces.ts';

const storage = fc.constantFrom(Float32Array, Float64Array);
const few = fc.integer({ min: 1, max: 5 });

/** An array that begins at number `skip` of its memory: float32 numbers are pairs from an even one on alone. */
const at = (Storage: typeof Float32Array | typeof Float64Array, length: number, skip: number) =>
  new Storage(length + skip).subarray(skip);

test('rows go to their pieces and come back, whatever the precision and the start of both arrays', () => {
  fc.assert(
    fc.property(
      fc.tuple(storage, storage),
      fc.tuple(fc.nat({ max: 1 }), fc.nat({ max: 1 })),
      fc.tuple(few, few, few, fc.nat({ max: 2 })),
      ([From, To], [skipFrom, skipTo], [pieces, q, rows, before]) => {
        const width = pieces * q;
        const table = at(From, (before + rows) * width, skipFrom).map((_, i) => (i % 3 === 0 ? -i : i + 0.5));
        const offsets = Float64Array.from({ length: pieces }, (_, piece) => (pieces - 1 - piece) * rows * q);
        const spread = at(To, (before + rows) * width, skipTo);
        toPieces(table, spread, { offsets, q })(before * width, rows, before * width);
        const back = at(From, table.length, skipFrom);
        fromPieces(spread, back, { offsets, q })(before * width, rows, before * width);
        for (let row = 0; row < rows; row++) {
          for (let column = 0; column < width; column++) {
            const value = table[(before + row) * width + column];
            const place = offsets[Math.floor(column / q)]! + row * q + (column % q);
            expect(spread[before * width + place]).toBe(value);
            expect(back[(before + row) * width + column]).toBe(value);
          }
        }
        expect([...spread.subarray(0, before * width), ...back.subarray(0, before * width)]).toEqual(
          new Array(2 * before * width).fill(0),
        );
      },
    ),
  );
});
