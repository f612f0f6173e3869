import type { DatasetSchema, FeatureBatch } from '../dataset.ts';

/** The features of a batch by name. */
export function byName(
  { features: schemas }: DatasetSchema,
  features: readonly FeatureBatch[],
): Readonly<Record<string, FeatureBatch>> {
  // Without a prototype: a feature may be called `constructor`.
  const named = Object.create(null) as Record<string, FeatureBatch>;
  schemas.forEach(({ name }, f) => (named[name] = features[f]!));
  return named;
}
