import { checkArgument } from '@ttrec/core/options';
import { error } from './error.ts';
import type { Pooling } from '@ttrec/backend';
import type { TableConfig, TableSpec } from '@ttrec/embeddings';
import type { TableKind } from '@ttrec/embeddings/kind';
import { completeConfig, type DlrmConfig, type DlrmConfigInput, type DlrmOptions } from './dlrm-config.ts';

/** The columns of a dataset: `schema` of a dataset of @ttrec/data. */
export interface ModelSchema {
  readonly dense: readonly string[];
  readonly features: readonly {
    readonly name: string;
    readonly table: string;
    /** N of that table. */
    readonly numEmbeddings: number;
  }[];
}

/** What a schema does not say about its model. Everything has a default. */
export interface SchemaOptions extends Omit<
  DlrmConfigInput,
  'denseFeatures' | 'embeddingDim' | 'tables' | 'features'
> {
  /** D; 16 by default. */
  readonly embeddingDim?: number | undefined;
  /** How tables are stored: a config for all, a function of the table, or the tables themselves; dense by default. */
  readonly tables?:
    | TableConfig
    | ((table: { readonly name: string; readonly numEmbeddings: number }) => TableConfig)
    | readonly TableSpec[]
    | undefined;
  /** Kinds of your own that the tables are of. */
  readonly kinds?: readonly TableKind[] | undefined;
  /** Pooling of every feature; `sum` by default. */
  readonly pooling?: Pooling | undefined;
}

/** `SchemaOptions` and the backend of the model. */
export type DlrmForOptions = SchemaOptions & Pick<DlrmOptions, 'backend'>;

/**
 * The config of a model for a schema: its dense columns, tables and features. Vectors interact by dot products, or are
 * concatenated if there is only one, or only two of ids: their one product is too little for the top MLP.
 *
 * @throws `dlrm/unknown-option`
 */
export function schemaConfig(schema: ModelSchema, options: SchemaOptions = {}): DlrmConfig {
  checkArgument(error, 'schemaConfig, schema', schema, 'the schema of a dataset', 'dense', 'features');
  const { embeddingDim = 16, tables, kinds, pooling = 'sum', ...rest } = options;
  const { dense, features } = schema;
  return completeConfig({
    ...rest,
    interaction: rest.interaction ?? defaultInteraction(features.length, dense.length),
    denseFeatures: dense.length,
    embeddingDim,
    tables: tableSpecs(schema, tables ?? { kind: 'dense' }, pooling).map((table) => ({
      ...table,
      kinds: table.kinds ?? kinds,
    })),
    features: features.map(({ name }) => name),
  });
}

function defaultInteraction(features: number, dense: number): DlrmConfig['interaction'] {
  return { kind: features < (dense > 0 ? 1 : 3) ? 'cat' : 'dot' };
}

function tableSpecs(
  { features }: ModelSchema,
  tables: NonNullable<SchemaOptions['tables']>,
  pooling: Pooling,
): readonly TableSpec[] {
  const namesOf = (name: string) =>
    features.flatMap((feature) => (feature.table === name ? [feature.name] : []));
  if (Array.isArray(tables)) {
    return (tables as readonly TableSpec[]).map((table) => ({
      featureNames: namesOf(table.name),
      pooling,
      ...table,
    }));
  }
  const sizes = new Map(features.map(({ table, numEmbeddings }) => [table, numEmbeddings]));
  return [...sizes].map(([name, numEmbeddings]) => {
    const config = typeof tables === 'function' ? tables({ name, numEmbeddings }) : (tables as TableConfig);
    return { name, numEmbeddings, config, featureNames: namesOf(name), pooling };
  });
}
