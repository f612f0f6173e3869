import { checkArgument } from '@ttrec/core/options';
import { error } from '../error.ts';
import { flagNames, integerNames } from '../criteo/columns.ts';
import type { DatasetSchema } from '../dataset.ts';
import { numEmbeddingsOf, type Encoding } from './encoding.ts';

/**
 * The columns and tables of the model that goes with an encoding. A feature with a separator is multi-valued.
 */
export function encodingSchema(encoding: Encoding): DatasetSchema {
  checkArgument(error, 'encodingSchema, encoding', encoding, 'an encoding', 'format', 'tables');
  const sizes = new Map(encoding.tables.map((table) => [table.table, numEmbeddingsOf(table)]));
  if (encoding.format === 'criteo') {
    return {
      dense: encoding.missingFlags ? [...integerNames, ...flagNames] : integerNames,
      features: encoding.tables.map(({ table: name }) => ({
        name,
        table: name,
        numEmbeddings: sizes.get(name)!,
        multiValued: false,
      })),
    };
  }
  return {
    dense: encoding.dense.map(({ name, column }) => name ?? column),
    features: encoding.features.map(({ name, table, separator }) => ({
      name,
      table,
      numEmbeddings: sizes.get(table)!,
      multiValued: separator !== undefined,
    })),
  };
}
