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
 * @throws `trainer/unknown-variant`, `trainer/duplicate-variant`, `trainer/same-bytes-circle`, `trainer/unknown-table`, `trainer/bad-count`,
 *   `trainer/cannot-match-bytes`
 */
export function variantConfigs(config: CompareConfig, schema: DatasetSchema): TrainConfig[] {
  const { variants, ...base } = config;
  requireUniqueNames(variants);
  const tablesOf = resolver(variants, schema, config.model.embeddingDim);
  return variants.map((variant) => {
    const byName = Object.fromEntries(tablesOf(variant).map((table) => [table.name, table.config]));
    return {
      ...base,
      name: variant.name,
      model: { ...base.model, tables: { default: { kind: 'dense' }, byName } },
    };
  });
}

/** Tables by variant. One that takes the bytes of another waits for that one's tables, which may wait for a third's. */
function resolver(
  variants: readonly Variant[],
  schema: DatasetSchema,
  embeddingDim: number,
): (variant: Variant) => TableSpec[] {
  const resolve = (variant: Variant, waiting: readonly string[]): TableSpec[] => {
    const { name, sameBytesAs } = variant;
    if (waiting.includes(name)) throw circle([...waiting, name]);
    const own = chooseTables(schema, variant.tables);
    if (sameBytesAs === undefined) return own;
    const other = resolve(variantNamed(sameBytesAs, variant, variants), [...waiting, name]);
    return matchBytes({ variant: name, tables: own, other, embeddingDim });
  };
  return (variant) => resolve(variant, []);
}

function variantNamed(name: string, by: Variant, variants: readonly Variant[]): Variant {
  const found = variants.find((variant) => variant.name === name);
  if (found) return found;
  const names = variants.map((variant) => variant.name);
  const near = nearest(name, names);
  throw error('unknown-variant', {
    subject: `variant "${by.name}", sameBytesAs`,
    rule: `must be one of ${names.join(', ')}`,
    got: name,
    ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
  });
}

function circle(names: readonly string[]): Error {
  return error('same-bytes-circle', {
    subject: `variant "${names[0]}", sameBytesAs`,
    rule: 'must lead to a variant that has bytes of its own',
    got: names.join(' → '),
  });
}

function requireUniqueNames(variants: readonly Variant[]): void {
  const names = variants.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw error('duplicate-variant', { subject: 'variants', rule: 'must have different names', got: twice });
}
