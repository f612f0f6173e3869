/** Rows of a matrix on the host, by ascending id: row i of `values` [U, cols] is row `ids[i]`. */
export interface SparseRows {
  readonly ids: Uint32Array;
  readonly values: Float32Array;
}

/** The gradients of a model on the host, in the order of its `gradientLayout`. */
export interface HostGradients {
  readonly dense: readonly Float32Array[];
  readonly sparse: readonly SparseRows[];
}

/** Which gradients a model has. */
export interface GradientLayout {
  /** Parameters outside the tables. */
  readonly dense: readonly { readonly name: string; readonly length: number }[];
  /** Parameters of tables; then, for each cache, the ids of the batch with their counts. */
  readonly sparse: readonly SparseLayout[];
}

export interface SparseLayout {
  readonly name: string;
  readonly cols: number;
  /** The kind of the table, outermost first: `hash→tt`. */
  readonly kind: string;
}

/** The sum of two parts of a batch. `a` is overwritten where it can hold it. O(numbers). */
export function addGradients(a: HostGradients, b: HostGradients): HostGradients {
  a.dense.forEach((sum, i) => addTo(sum, b.dense[i]!));
  return { dense: a.dense, sparse: a.sparse.map((rows, i) => addRows(rows, b.sparse[i]!)) };
}

function addTo(sum: Float32Array, term: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += term[i]!;
}

/** The rows of both; a row of one alone is copied as it is. */
export function addRows(a: SparseRows, b: SparseRows): SparseRows {
  if (a.ids.length === 0) return b;
  if (b.ids.length === 0) return a;
  const cols = a.values.length / a.ids.length;
  const ids = new Uint32Array(a.ids.length + b.ids.length);
  const values = new Float32Array(ids.length * cols);
  let [i, j, u] = [0, 0, 0];
  const copy = (from: SparseRows, row: number) => {
    ids[u] = from.ids[row]!;
    const start = row * cols;
    for (let c = 0, at = u * cols; c < cols; c++) values[at + c]! += from.values[start + c]!;
  };
  while (i < a.ids.length || j < b.ids.length) {
    const ofA = a.ids[i] ?? Infinity;
    const ofB = b.ids[j] ?? Infinity;
    if (ofA <= ofB) copy(a, i++);
    if (ofB <= ofA) copy(b, j++);
    u++;
  }
  return { ids: ids.subarray(0, u), values: values.subarray(0, u * cols) };
}
