/**
 * Stands in for ndarray in the bundle of this page: ndarray compiles its views from text, which the page's policy forbids. It has the
 * part of the interface that decompositions use, for float arrays, and does the same.
 */
type Floats = Float32Array | Float64Array;

class View {
  readonly data: Floats;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly offset: number;

  constructor(data: Floats, shape: readonly number[], stride: readonly number[], offset: number) {
    this.data = data;
    this.shape = shape;
    this.stride = stride;
    this.offset = offset;
  }

  get dtype(): 'float32' | 'float64' {
    return this.data instanceof Float32Array ? 'float32' : 'float64';
  }

  get dimension(): number {
    return this.shape.length;
  }

  get size(): number {
    return this.shape.reduce((product, length) => product * length, 1);
  }

  index(...at: readonly number[]): number {
    return at.reduce((sum, i, axis) => sum + i * this.stride[axis]!, this.offset);
  }

  get(...at: readonly number[]): number {
    return this.data[this.index(...at)]!;
  }

  /** Without what is before these. */
  lo(...at: readonly number[]): View {
    const shape = this.shape.map((length, axis) => length - (at[axis] ?? 0));
    return new View(this.data, shape, this.stride, this.index(...at));
  }

  /** Only the first so many. */
  hi(...at: readonly number[]): View {
    const shape = this.shape.map((length, axis) => at[axis] ?? length);
    return new View(this.data, shape, this.stride, this.offset);
  }

  transpose(...axes: readonly number[]): View {
    const ordered = (list: readonly number[]) => axes.map((axis) => list[axis]!);
    return new View(this.data, ordered(this.shape), ordered(this.stride), this.offset);
  }
}

/** A view of `data`, row-major unless strides are given. */
export default function ndarray(
  data: Floats,
  shape: readonly number[] = [data.length],
  stride = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, 1)),
  offset = 0,
): View {
  return new View(data, shape, stride, offset);
}
