import type { DatasetSchema } from '@ttrec/data';
import type { TableSpec } from '@ttrec/embeddings';
import { nearest } from '@ttrec/errors';
import type { CompareConfig, TrainConfig, Variant } from '../config/train-config.ts';
import { error } from '../error.ts';
import { chooseTables } from './choose-tables.ts';
import { matchBytes } from './same-bytes.ts';

/**
 * The training config of each variant, its tables written out by name, so that each run folder tells the whole story.
 *
 * @throws `trainer/unknown-variant`, `trainer/duplicate-variant`, `trainer/unknown-table`
 */
export function variantConfigs(config: CompareConfig, schema: DatasetSchema): TrainConfig[] {
  const { variants, ...base } = config;
  requireUniqueNames(variants);
  const chosen = new Map(variants.map((variant) => [variant.name, chooseTables(schema, variant.tables)]));
  return variants.map((variant) => {
    const tables = matchedTables(variant, chosen, config.model.embeddingDim);
    const byName = Object.fromEntries(tables.map((table) => [table.name, table.config]));
    return {
      ...base,
      name: variant.name,
      model: { ...base.model, tables: { default: { kind: 'dense' }, byName } },
    };
  });
}

function matchedTables(
  variant: Variant,
  chosen: ReadonlyMap<string, TableSpec[]>,
  embeddingDim: number,
): TableSpec[] {
  const own = chosen.get(variant.name)!;
  if (variant.sameBytesAs === undefined) return own;
  const other = chosen.get(variant.sameBytesAs);
  if (other) return matchBytes(own, other, embeddingDim);
  const near = nearest(variant.sameBytesAs, chosen.keys());
  throw error('unknown-variant', {
    subject: `variant "${variant.name}", sameBytesAs`,
    rule: `must be one of ${[...chosen.keys()].join(', ')}`,
    got: variant.sameBytesAs,
    ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
  });
}

function requireUniqueNames(variants: readonly Variant[]): void {
  const names = variants.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw error('duplicate-variant', { subject: 'variants', rule: 'must have different names', got: twice });
}
