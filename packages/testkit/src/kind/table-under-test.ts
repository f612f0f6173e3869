import type { Backend, Pooling } from '@ttrec/backend';
import { EmbeddingBag, type OptimizerConfig, type TableConfig, type TableSize } from '@ttrec/embeddings';
import type { TableKind } from '@ttrec/embeddings/kind';

/** A table, small enough that its whole gradient can be taken by differences, and what is known of it. */
export interface TableUnderTest extends TableSize {
  /** Shown in the names of tests. */
  readonly name: string;
  readonly config: TableConfig;
  /** Kinds of your own that the config names. */
  readonly kinds?: readonly TableKind[];
  /**
   * N of the variance 1/(3N) that rows start with; `numEmbeddings` by default. `null` where that is so only on the
   * average over more rows than there are, as with hash functions that send one id to one bucket twice.
   */
  readonly initialRows?: number | null;
  /**
   * Whether `fromDense` finds the rows again of a table of this config, `true` by default. Where it cannot, such as in a
   * tensor train that holds more rows than the table has, it is only held to come nearer than zeros do.
   */
  readonly refits?: boolean;
  /** Bytes of `trainingBytes` that are held on the host but in no host tensor, since they follow from them: maps. */
  readonly derivedHostBytes?: number;
  /**
   * Steps of training that are taken before the table is looked at, with what they begin beside updates (`maintenance`); 0 by
   * default. For a table that is another one by then, such as a cache that has been filled.
   */
  readonly stepsBefore?: number;
  /** Parameters that no gradient reaches in the first steps, such as rows of a cache that is still empty. */
  readonly idle?: readonly string[];
  /**
   * For a table that trains integers: the config that has float32 numbers in their place, under the same names, and the bits of its
   * codes. Its steps are held against those of that table.
   */
  readonly integers?: { readonly float: TableConfig; readonly bits: number };
  /**
   * The row of an id as you would write it down, from the parameters and what the table keeps on the host: a second
   * opinion on `lookup`.
   */
  readonly reference?: (
    parameters: readonly ParameterValues[],
    id: number,
    hostTensors: readonly HostValues[],
  ) => ArrayLike<number>;
}

/** A tensor that a table keeps on the host, in the typed array of its dtype. */
export interface HostValues {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** A parameter's values on the host, in float64. */
export interface ParameterValues {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Tables up to this many numbers are written out; others are read where it counts. */
const MOST_WRITTEN = 100_000;

export function isSmall({ numEmbeddings, embeddingDim }: TableSize): boolean {
  return numEmbeddings * embeddingDim <= MOST_WRITTEN;
}

export interface BuildOptions {
  readonly optimizer?: OptimizerConfig;
  readonly pooling?: Pooling;
  readonly seed?: number;
}

export function buildBag(table: TableUnderTest, backend: Backend, options: BuildOptions = {}): EmbeddingBag {
  const { numEmbeddings, embeddingDim, config, kinds } = table;
  return new EmbeddingBag({
    backend,
    numEmbeddings,
    embeddingDim,
    table: config,
    kinds,
    ...options,
  });
}
