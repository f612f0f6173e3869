import type { DatasetSchema } from '@ttrec/data';
import { priceTables, type TableSpec } from '@ttrec/embeddings';
import { didYouMean } from '@ttrec/core';
import type { CompareConfig, TrainConfig, Variant } from '../config/train-config.ts';
import { error } from '../error.ts';
import { chooseTables } from '../model/choose-tables.ts';
import { matchBytes } from './same-bytes.ts';

/** What a variant asks a planner for. */
export interface TablesToPlan {
  /** Of all tables together. */
  readonly bytes: number | string;
  /** Names of the kinds to choose from; all by default. */
  readonly kinds?: readonly string[] | undefined;
}

/**
 * The training config of each variant, its tables written out by name, so that each run folder tells the whole story.
 *
 * @param plan chooses the tables of variants with a `plan`
 * @throws `training/unknown-variant`, `training/duplicate-variant`, `training/same-bytes-circle`, `training/unknown-table`,
 *   `training/bad-count`, `training/cannot-match-bytes`, and what `plan` throws
 */
export function variantConfigs(
  config: CompareConfig,
  schema: DatasetSchema,
  plan: (asked: TablesToPlan) => readonly TableSpec[],
): TrainConfig[] {
  const { variants, ...base } = config;
  requireUniqueNames(variants);
  const tablesOf = resolver(config, schema, plan);
  return variants.map((variant) => {
    const byName = Object.fromEntries(tablesOf(variant).map((table) => [table.name, table.config]));
    return {
      ...base,
      name: variant.name,
      model: { ...base.model, tables: { default: { kind: 'dense' }, byName } },
    };
  });
}

/** Whether any variant leaves its tables to a planner, which needs to know how often rows are read. */
export function isPlanned({ variants }: CompareConfig): boolean {
  return variants.some(({ plan }) => plan !== undefined);
}

/** Tables by variant. One that takes the bytes of another waits for that one's tables, which may wait for a third's. */
function resolver(
  config: CompareConfig,
  schema: DatasetSchema,
  plan: Parameters<typeof variantConfigs>[2],
): (variant: Variant) => readonly TableSpec[] {
  const { variants, model, kinds } = config;
  const resolve = (variant: Variant, waiting: readonly string[]): readonly TableSpec[] => {
    const { name, sameBytesAs } = variant;
    if (waiting.includes(name)) throw circle([...waiting, name]);
    const other =
      sameBytesAs === undefined
        ? undefined
        : resolve(variantNamed(sameBytesAs, variant, variants), [...waiting, name]);
    if (variant.plan !== undefined) {
      const { bytes = bytesOf(other!, model.embeddingDim), kinds } = variant.plan;
      return plan({ bytes, kinds });
    }
    const own = chooseTables(schema, variant.tables!, kinds?.kinds);
    if (other === undefined) return own;
    return matchBytes({ variant: name, tables: own, other, embeddingDim: model.embeddingDim });
  };
  return (variant) => resolve(variant, []);
}

function bytesOf(tables: readonly TableSpec[], embeddingDim: number): number {
  return priceTables(tables, embeddingDim).reduce((sum, { cost }) => sum + cost.bytes, 0);
}

function variantNamed(name: string, by: Variant, variants: readonly Variant[]): Variant {
  const found = variants.find((variant) => variant.name === name);
  if (found) return found;
  const names = variants.map((variant) => variant.name);
  throw error('unknown-variant', {
    subject: `variant "${by.name}", sameBytesAs`,
    rule: `must be one of ${names.join(', ')}`,
    got: name,
    hint: didYouMean(name, names),
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
