import { checkOptions } from '@ttrec/core/options';
import type { RowSource, TableConfig } from '@ttrec/embeddings';
import type { Matmul } from '@ttrec/tensor-train';
import ndarray from 'ndarray';
import { error } from './error.ts';
import { pilotTT } from './losses/pilot.ts';
import { defaultPrior, type PilotPoint } from './losses/tt-loss.ts';
import type { OptionGenerator } from './options/option-generator.ts';
import { chosenGenerators, measurableKinds, optionGenerators } from './options/generators.ts';
import { Planner } from './planner.ts';

export interface ChooseTableOptions {
  /** The most bytes of the table. */
  readonly bytes: number;
  /**
   * Names of the kinds to choose from. By default all but `compositional`, `low-rank`, `signed-hash` and mixed dimensions, whose
   * loss cannot be measured on the rows.
   */
  readonly kinds?: readonly string[] | undefined;
  /** Kinds beside those of this package. */
  readonly generators?: readonly OptionGenerator[] | undefined;
  /** Leaves out kinds that cannot be trained; false by default. */
  readonly trainable?: boolean | undefined;
  /** The table's name in errors; `table` by default. */
  readonly name?: string;
  /** The matrix product for decompositions; plain TypeScript by default. */
  readonly matmul?: Matmul | undefined;
}

/** The most numbers of a table that is decomposed at several ranks before its kind is chosen; takes seconds. */
const PILOT_ENTRIES = 2 ** 20;

/**
 * The config of the best table for trained rows within a number of bytes, in the largest size that fits. For up to a million
 * numbers, TTs are judged by decompositions of the rows themselves, otherwise by the planner's prior. `compressTable` of
 * @ttrec/embeddings then fits the table.
 *
 * @throws `planner/not-trainable` for kinds that cannot be trained; the same errors as `Planner`
 */
export async function chooseTable(source: RowSource, options: ChooseTableOptions): Promise<TableConfig> {
  checkOptions(error, 'chooseTable', options, {
    bytes: 'any',
    kinds: 'any',
    generators: 'any',
    trainable: 'boolean',
    name: 'string',
    matmul: 'any',
  });
  const { bytes, kinds, generators = [], trainable = false, name = 'table', matmul } = options;
  const { numEmbeddings, embeddingDim, weights } = source;
  // Check kinds before the pilot, which takes long.
  chosenGenerators([...optionGenerators, ...generators], { kinds, serving: !trainable });
  const isSmall = numEmbeddings * embeddingDim <= PILOT_ENTRIES;
  // The planner rejects weights of another length, and names the table.
  const isCounted = weights === undefined || weights.length === numEmbeddings;
  const pilot = kinds?.length !== 1 && isSmall && isCounted ? await pilotOf(source, matmul) : [];
  // Without weights all rows count equally.
  const feature = { name, numEmbeddings, ...(weights ? { counts: weights } : { zipf: 0 }), pilot };
  const planner = new Planner([feature], {
    embeddingDim,
    purpose: trainable ? 'training' : 'serving',
    kinds: kinds ?? measurableKinds(generators, { trainable }),
    generators,
    // Nothing more will be learnt, so that no assumption about training has to be weighed against another.
    prior: defaultPrior,
  });
  return planner.planTable(name, bytes).config;
}

/** What TTs of the rows themselves lose; empty if the rows have values that are not finite. */
async function pilotOf(source: RowSource, matmul: Matmul | undefined): Promise<PilotPoint[]> {
  const { numEmbeddings, embeddingDim, weights } = source;
  const rows = Float64Array.from(await source.read(0, numEmbeddings));
  // The fit rejects values that are not finite, and names their row.
  if (!rows.every(Number.isFinite)) return [];
  return pilotTT(ndarray(rows, [numEmbeddings, embeddingDim]), {
    counts: weights?.some((weight) => weight > 0) ? weights : undefined,
    matmul,
  });
}
