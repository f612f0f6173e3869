/** The typed array of each dtype, under the names that safetensors has for them. */
export interface HostArrays {
  readonly I8: Int8Array;
  readonly U8: Uint8Array;
  readonly U32: Uint32Array;
  readonly F32: Float32Array;
  readonly F64: Float64Array;
}

/**
 * Numbers that a table keeps on the host, beside its parameters: integers in place of floats, ids, counters. They are saved
 * with the table as they are, and restored by writing into `data`.
 */
export type HostTensor = {
  [D in keyof HostArrays]: {
    /** Unique among the table's parameters and host tensors. */
    readonly name: string;
    readonly dtype: D;
    readonly shape: readonly number[];
    /** `model`: rows are computed from it. `training`: only going on with training needs it. */
    readonly role: 'model' | 'training';
    /** The numbers themselves, row-major. */
    readonly data: HostArrays[D];
  };
}[keyof HostArrays];
