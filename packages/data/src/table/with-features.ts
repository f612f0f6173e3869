import type { CheckedOpenOptions } from '../config/open-options.ts';
import type { FeatureConfig, GivenTableConfig, TableConfig } from '../config/table.ts';
import { error } from '../error.ts';
import { BadLines } from '../read/bad-lines.ts';
import { byteReader } from '../read/read-files.ts';
import { nameOfSource, readRecords } from '../records/read-records.ts';
import { columnsOf } from '../columns/columns-of.ts';
import { positionsOf } from './header.ts';

/**
 * Names the features of a config that has all columns but some: the columns of the source, in their order, that the config does not name otherwise. Reads the start of the
 * source.
 *
 * @throws `data/bad-config` with `versus`, or if no column is left; `data/unknown-column`
 */
export async function withFeatures(
  given: GivenTableConfig,
  options: Pick<CheckedOpenOptions, 'files' | 'rows'>,
): Promise<TableConfig> {
  const { features } = given;
  if (Array.isArray(features)) return { ...given, features };
  const config: TableConfig = { ...given, features: [] };
  if ('versus' in config.label)
    throw badFeatures('must be a list with `versus`, which renames columns', features);
  const names = await headerOf(config, options);
  positionsOf(features.allBut, names, nameOfSource(config));
  const others = new Set([...columnsOf(config), ...features.allBut]);
  const rest = names.filter((name) => !others.has(name));
  if (rest.length === 0) throw badFeatures('must leave a column', features);
  return { ...config, features: rest.map((column): FeatureConfig => ({ column })) };
}

function badFeatures(rule: string, got: unknown): Error {
  return error('bad-config', { subject: 'config.features', rule, got });
}

/** The names of the columns of a source. Of JSON lines and rows of code, those of the first ones. */
async function headerOf(
  config: TableConfig,
  { files, rows }: Pick<CheckedOpenOptions, 'files' | 'rows'>,
): Promise<readonly string[]> {
  let names: readonly string[] | undefined;
  const handler = {
    header(header: readonly string[]) {
      names = header;
      return [];
    },
    record: () => undefined,
    fault: () => undefined,
  };
  const reading = { phase: 'header', onProgress: undefined, read: byteReader(files) };
  const source = { config, wanted: columnsOf(config), files, rows };
  const pieces = readRecords(source, handler, new BadLines('skip'), reading);
  while (names === undefined && (await pieces.next()).done !== true);
  await pieces.return(undefined);
  return names ?? [];
}
