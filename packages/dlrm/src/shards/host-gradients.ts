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
  /** All ids are below it. */
  readonly rows: number;
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

/** The rows of both. `a` is overwritten where it has all rows of `b`. */
export function addRows(a: SparseRows, b: SparseRows): SparseRows {
  if (a.ids.length === 0) return b;
  if (b.ids.length === 0) return a;
  const cols = a.values.length / a.ids.length;
  const ids = union(a.ids, b.ids);
  const sum = ids.length === a.ids.length ? a : { ids, values: spread(a, ids, cols) };
  let u = 0;
  b.ids.forEach((id, row) => {
    while (ids[u]! < id) u++;
    const [from, to] = [row * cols, u * cols];
    for (let c = 0; c < cols; c++) sum.values[to + c]! += b.values[from + c]!;
  });
  return sum;
}

/** Ids of either, ascending. */
function union(a: Uint32Array, b: Uint32Array): Uint32Array {
  const ids = new Uint32Array(a.length + b.length);
  let [i, j, u] = [0, 0, 0];
  while (i < a.length || j < b.length) {
    const [ofA, ofB] = [a[i] ?? Infinity, b[j] ?? Infinity];
    if (ofA <= ofB) i++;
    if (ofB <= ofA) j++;
    ids[u++] = Math.min(ofA, ofB);
  }
  return ids.subarray(0, u);
}

/** Rows at their places among `ids`, zeros between them. */
function spread({ ids: own, values }: SparseRows, ids: Uint32Array, cols: number): Float32Array {
  const out = new Float32Array(ids.length * cols);
  let u = 0;
  own.forEach((id, row) => {
    while (ids[u]! < id) u++;
    out.set(values.subarray(row * cols, (row + 1) * cols), u * cols);
  });
  return out;
}
