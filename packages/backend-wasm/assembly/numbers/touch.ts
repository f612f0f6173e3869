/**
 * Reads ahead of use. The processor starts only as many reads as the instructions in its window ask for, and sums over a row
 * fill that window; asked for alone, the lines of many rows are under way together.
 */

/** Bytes that a touch may bring into the first-level cache without driving out what is there. */
const TOUCHED: usize = 24576;

/** Keeps the reads from being left out as useless. */
let sink: u32 = 0;

/** How many rows of `bytes` bytes to touch before they are used. */
@inline
export function rowsAtOnce(bytes: usize): usize {
  return max<usize>(1, TOUCHED / max<usize>(bytes, 1));
}

/** Every line of a stretch. */
export function touch(from: usize, bytes: usize): void {
  let sum: u32 = 0;
  for (let at: usize = 0; at < bytes; at += 64) sum |= load<u32>(from + at);
  sink = sum;
}

/** Every line of the `count` rows whose positions stand in a list; `bytes` of each row, `ld` bytes from row to row. */
export function touchRows(rows: usize, ld: usize, positions: usize, count: usize, bytes: usize): void {
  let sum: u32 = 0;
  for (let i: usize = 0; i < count; i++) {
    const row = rows + <usize>load<u32>(positions + (i << 2)) * ld;
    for (let at: usize = 0; at < bytes; at += 64) sum |= load<u32>(row + at);
  }
  sink = sum;
}
