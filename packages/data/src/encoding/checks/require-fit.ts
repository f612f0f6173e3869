import type { CheckedDataConfig } from '../../config/data-config.ts';
import type { CriteoConfig } from '../../config/criteo.ts';
import type { TableConfig } from '../../config/table.ts';
import { bucketsOf } from '../../criteo/vocabularies/buckets.ts';
import { categoryNames } from '../../criteo/columns.ts';
import { denseColumns, denseShape, featureShape, idsOfTables } from '../../columns/id-tables.ts';
import { error } from '../../error.ts';
import { firstDifference } from './difference.ts';
import { policyOf } from '../../ids/unseen.ts';
import type { CriteoEncoding, CsvEncoding, Encoding } from '../encoding.ts';

type EncodingOf<Config> = Config extends CriteoConfig ? CriteoEncoding : CsvEncoding;

/**
 * Checks that a config reads the columns of an encoding into the same tables, with the same treatment of unseen values. `minCount` and
 * `maxSize` may differ: vocabularies are not built again.
 *
 * @throws `data/encoding-mismatch`, naming the first difference
 */
export function requireFit<Config extends CriteoConfig | TableConfig>(
  config: Config,
  encoding: Encoding,
): EncodingOf<Config> {
  requireSame(shapeOfConfig(config), shapeOfEncoding(encoding));
  return encoding as EncodingOf<Config>;
}

/** @throws `data/encoding-mismatch`: synthetic streams have no raw values */
export function refuseEncoding(config: CheckedDataConfig, encoding: Encoding): never {
  throw mismatch('format', encoding.format, config.format);
}

function requireSame(config: object, encoding: object): void {
  const difference = firstDifference(encoding, config);
  if (difference) throw mismatch(difference.place, difference.expected, difference.got);
}

function mismatch(place: string, expected: unknown, got: unknown): Error {
  return error('encoding-mismatch', {
    subject: `config, ${place}`,
    rule: `must be as it was in training, ${expected === undefined ? 'absent' : JSON.stringify(expected)}`,
    got: got === undefined ? 'nothing' : got,
    hint: 'An encoding fits only the columns and tables it was made for.',
  });
}

function shapeOfConfig(config: CriteoConfig | TableConfig): object {
  if (config.format === 'criteo') {
    const { ids } = config;
    const tables = categoryNames.map((table, c) =>
      ids.kind === 'hash'
        ? { table, kind: ids.kind, buckets: bucketsOf(ids, c) }
        : { table, kind: ids.kind, ...policyOf(ids) },
    );
    return { format: config.format, missingFlags: config.missingFlags ?? false, tables };
  }
  return {
    format: 'csv',
    naValues: config.naValues.length > 0 ? config.naValues : undefined,
    dense: denseColumns(config).map((dense) => ({ ...denseShape(dense), buckets: dense.buckets })),
    features: config.features.map((feature) => ({ ...featureShape(feature), quantiles: feature.quantiles })),
    tables: [...idsOfTables(config)].map(([table, ids]) =>
      ids.kind !== 'vocabulary' ? { table, ...ids } : { table, kind: ids.kind, ...policyOf(ids) },
    ),
  };
}

function shapeOfEncoding(encoding: Encoding): object {
  const tables = encoding.tables.map((table) =>
    table.kind !== 'vocabulary' ? table : { table: table.table, kind: table.kind, ...policyOf(table) },
  );
  if (encoding.format === 'criteo')
    return { format: encoding.format, missingFlags: encoding.missingFlags ?? false, tables };
  const buckets = (boundaries: readonly number[] | undefined) => boundaries && boundaries.length + 1;
  const dense = encoding.dense.map(({ boundaries, ...shape }) => ({
    ...shape,
    // Learnt, and so not in the config.
    statistics: undefined,
    latest: undefined,
    buckets: buckets(boundaries),
  }));
  const features = encoding.features.map(({ boundaries, ...shape }) => ({
    ...shape,
    quantiles: buckets(boundaries),
  }));
  return { format: encoding.format, naValues: encoding.naValues, dense, features, tables };
}
