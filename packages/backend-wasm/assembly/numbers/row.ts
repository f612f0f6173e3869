/** Positions 0 are those of all rows. */
@inline
export function rowOf(positions: usize, i: usize): usize {
  return positions ? <usize>load<u32>(positions + (i << 2)) : i;
}

export function meanSquare(g: usize, cols: usize): f64 {
  let squares: f64 = 0;
  for (let j: usize = 0; j < cols; j++) {
    const value = <f64>load<f32>(g + (j << 2));
    squares += value * value;
  }
  return squares / <f64>cols;
}
