import type { Pooling } from '@ttrec/backend';
import { typeName } from '@ttrec/core';
import { checkChoice, checkList, checkOptions } from '@ttrec/core/options';
import { error } from './error.ts';
import { bagCount, checkBags, checkWeights, type Bags } from './lookup/bags.ts';
import { tableOptions, type TableSpec } from './price-tables.ts';

/** A feature of a batch: the table that it reads and how its bags are pooled. */
export interface Feature {
  readonly name: string;
  readonly table: string;
  readonly pooling: Pooling;
  /** N of the table. */
  readonly numEmbeddings: number;
}

/** The bags of a batch: a list in the order of the features, or by the name of the feature. */
export type FeatureBags = readonly Bags[] | Readonly<Record<string, Bags>>;

/**
 * The features that tables are read by.
 *
 * @param order their names in the order in which batches list them; by default that of the tables and their `featureNames`
 * @throws `embeddings/bad-collection`, `embeddings/unknown-option`, `embeddings/bad-option`
 */
export function featuresOf(tables: readonly TableSpec[], order?: readonly string[]): Feature[] {
  checkList(error, 'bad-collection', 'tables', tables);
  if (tables.length === 0) throw bad('tables', 'must hold at least one', 0);
  const features = tables.flatMap((table, t) => {
    checkOptions(error, `tables[${t}]`, table, tableOptions);
    const { name, numEmbeddings, pooling = 'sum', featureNames = [name] } = table;
    checkNames(`table "${name}", featureNames`, featureNames);
    return featureNames.map((feature) => ({ name: feature, table: name, pooling, numEmbeddings }));
  });
  requireUnique(
    'table names',
    tables.map(({ name }) => name),
  );
  const names = features.map(({ name }) => name);
  requireUnique('feature names', names);
  if (order === undefined) return features;
  checkNames('features', order);
  requireUnique('features', order);
  const missing = names.find((name) => !order.includes(name));
  if (missing !== undefined)
    throw bad('features', `must hold every feature of the tables, "${missing}" too`, order.join(', '));
  return order.map((name) => {
    checkChoice(error, 'bad-collection', 'features', name, names);
    return features[names.indexOf(name)]!;
  });
}

/**
 * The bags of a batch in the order of the features, checked.
 *
 * @param broadcast whether one bag may be that of all rows
 * @returns the bags, and the positions of the features that have one for all rows
 * @throws `embeddings/feature-count`, `embeddings/feature-names`, and what `checkBags` and `checkWeights` throw
 */
export function checkedFeatures(
  features: readonly Feature[],
  bags: FeatureBags,
  size: number,
  broadcast = false,
): { readonly bags: readonly Bags[]; readonly shared: readonly number[] } {
  const list = inOrder(features, bags);
  const shared: number[] = [];
  for (const [f, { name, numEmbeddings, pooling }] of features.entries()) {
    const isShared = broadcast && size !== 1 && bagCount(name, list[f]!) === 1;
    if (isShared) shared.push(f);
    checkBags(name, list[f]!, isShared ? 1 : size, numEmbeddings);
    checkWeights(name, list[f]!, pooling);
  }
  return { bags: list, shared };
}

function inOrder(features: readonly Feature[], bags: FeatureBags): readonly Bags[] {
  const count = features.length;
  if (Array.isArray(bags)) {
    if (bags.length === count) return bags as readonly Bags[];
    const rule = `must hold bags for each of the ${count} features`;
    throw error('feature-count', { subject: 'batch', rule, got: bags.length });
  }
  if (typeof bags !== 'object' || (bags as unknown) === null) {
    const rule = `must hold bags for each of the ${count} features`;
    throw error('feature-count', { subject: 'batch', rule, got: bags });
  }
  const byName = bags as Readonly<Record<string, Bags>>;
  const names = features.map(({ name }) => name);
  for (const name of Object.keys(byName)) checkChoice(error, 'feature-names', 'batch, feature', name, names);
  return names.map((name) => {
    if (Object.hasOwn(byName, name)) return byName[name]!;
    throw error('feature-names', {
      subject: 'batch',
      rule: `must hold bags of feature "${name}"`,
      got: Object.keys(byName).join(', '),
    });
  });
}

function checkNames(subject: string, names: readonly string[]): void {
  checkList(error, 'bad-collection', subject, names);
  if (names.length === 0) throw bad(subject, 'must hold at least one', 0);
  const odd = names.findIndex((name) => typeof (name as unknown) !== 'string');
  if (odd >= 0) throw bad(subject, 'must be a list of texts', typeName(names[odd]));
}

function requireUnique(subject: string, names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw bad(subject, 'must be unique', twice);
}

function bad(subject: string, rule: string, got: unknown): Error {
  return error('bad-collection', { subject, rule, got });
}
