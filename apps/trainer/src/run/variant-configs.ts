import type { DatasetSchema } from '@ttrec/data';
import { priceTables, type TableSpec } from '@ttrec/embeddings';
import { nearest } from '@ttrec/core';
import { parseBytes, Planner, type PlanFeature } from '@ttrec/planner';
import { chooseTables } from '@ttrec/training';
import type { CompareConfig, TrainConfig, Variant } from '@ttrec/training/config';
import { error } from '../error.ts';
import { plannedTables } from '../plan/plan-model.ts';
import { matchBytes } from './same-bytes.ts';

/**
 * The training config of each variant, its tables written out by name, so that each run folder tells the whole story.
 *
 * @param features what the planner knows of the tables; needed where a variant is planned
 * @throws what `Planner` throws, `trainer/unknown-variant`, `trainer/duplicate-variant`, `trainer/same-bytes-circle`, `training/unknown-table`, `training/bad-count`,
 *   `trainer/cannot-match-bytes`
 */
export function variantConfigs(
  config: CompareConfig,
  schema: DatasetSchema,
  features: readonly PlanFeature[] = [],
): TrainConfig[] {
  const { variants, ...base } = config;
  requireUniqueNames(variants);
  const tablesOf = resolver(config, schema, features);
  return variants.map((variant) => {
    const byName = Object.fromEntries(tablesOf(variant).map((table) => [table.name, table.config]));
    return {
      ...base,
      name: variant.name,
      model: { ...base.model, tables: { default: { kind: 'dense' }, byName } },
    };
  });
}

/** Whether any variant leaves its tables to the planner, who then wants to know how they are read. */
export function isPlanned({ variants }: CompareConfig): boolean {
  return variants.some(({ plan }) => plan !== undefined);
}

/** Tables by variant. One that takes the bytes of another waits for that one's tables, which may wait for a third's. */
function resolver(
  config: CompareConfig,
  schema: DatasetSchema,
  features: readonly PlanFeature[],
): (variant: Variant) => TableSpec[] {
  const { variants, model } = config;
  const resolve = (variant: Variant, waiting: readonly string[]): TableSpec[] => {
    const { name, sameBytesAs } = variant;
    if (waiting.includes(name)) throw circle([...waiting, name]);
    const other =
      sameBytesAs === undefined
        ? undefined
        : resolve(variantNamed(sameBytesAs, variant, variants), [...waiting, name]);
    if (variant.plan !== undefined) return planned(config, variant.plan, features, other);
    const own = chooseTables(schema, variant.tables!);
    if (other === undefined) return own;
    return matchBytes({ variant: name, tables: own, other, embeddingDim: model.embeddingDim });
  };
  return (variant) => resolve(variant, []);
}

/** What the planner chooses for the bytes asked for, or for those of the tables of another variant. */
function planned(
  { model, training }: CompareConfig,
  { bytes, kinds }: NonNullable<Variant['plan']>,
  features: readonly PlanFeature[],
  other: readonly TableSpec[] | undefined,
): TableSpec[] {
  const { embeddingDim } = model;
  const budget =
    other === undefined
      ? parseBytes(String(bytes))
      : priceTables(other, embeddingDim).reduce((sum, { cost }) => sum + cost.bytes, 0);
  const { rule } = training.optimizer.embeddings;
  const choice = kinds === undefined ? {} : { kinds };
  return plannedTables(new Planner(features, { embeddingDim, optimizer: { rule }, ...choice }).plan(budget));
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
