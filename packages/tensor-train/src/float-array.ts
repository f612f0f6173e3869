/** The typed arrays that hold matrices and cores. */
export type FloatArray = Float32Array | Float64Array;
