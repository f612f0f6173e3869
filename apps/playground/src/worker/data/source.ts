import { openDataset, type Dataset, type DatasetSchema } from '@ttrec/data';
import {
  createEncoder,
  encodingSchema,
  type Encoder,
  type Encoding,
  type CsvEncoding,
} from '@ttrec/data/encoding';
import type { DlrmBatch } from '@ttrec/dlrm';
import { syntheticConfig } from '../../settings/synthetic.ts';
import type { CsvConfig } from './csv-source.ts';
import { encodeRow, sampleRow, type SampledRow } from '../score.ts';

/** Where a model's rows come from, and how a single one is read. */
export interface Source {
  readonly name: string;
  readonly schema: Dataset['schema'];
  readonly baseRate: number;
  /** Turns raw values into ids and numbers; absent where rows are ids and numbers. */
  readonly encoding: Encoding | undefined;
  /** Undefined for a model of a file that is not open. */
  readonly dataset: Dataset | undefined;
  /** How it is written into a model file. */
  readonly description: SourceDescription;
  readonly encode: (values: readonly string[]) => Promise<DlrmBatch>;
  /** A row to fill the form with; undefined where there is none at hand. */
  readonly sample: (at: number) => Promise<SampledRow | undefined>;
}

export type SourceDescription =
  | { readonly source: 'synthetic'; readonly largest: number }
  | {
      readonly source: 'csv';
      readonly name: string;
      readonly config: CsvConfig;
      readonly encoding: CsvEncoding;
    }
  /** A model that was trained elsewhere, from the file of that name. */
  | { readonly source: 'file'; readonly name: string };

export async function syntheticSource(largest: number, seed: number): Promise<Source> {
  const dataset = await openDataset(syntheticConfig(largest), { seed });
  return {
    name: 'made-up clicks',
    schema: dataset.schema,
    baseRate: dataset.baseRate,
    encoding: undefined,
    dataset,
    description: { source: 'synthetic', largest },
    encode: async (values) => encodeRow(dataset, values),
    sample: (at) => sampleRow(dataset, at),
  };
}

/** @param open the dataset and its first records, if the file is at hand */
export function csvSource(
  description: Extract<SourceDescription, { source: 'csv' }>,
  open?: {
    readonly dataset: Dataset;
    readonly header: readonly string[];
    readonly records: readonly (readonly string[])[];
  },
): Source {
  const { name, config, encoding } = description;
  const schema = encodingSchema(encoding);
  const columns = [...encoding.dense, ...encoding.features].map(({ column }) => column);
  let encoder: Encoder | undefined;
  return {
    name,
    schema,
    baseRate: encoding.baseRate,
    encoding,
    dataset: open?.dataset,
    description,
    async encode(values) {
      encoder ??= createEncoder(encoding);
      return encoder.encode([Object.fromEntries(columns.map((column, i) => [column, values[i]!]))]);
    },
    async sample(at) {
      if (!open || open.records.length === 0) return undefined;
      const record = open.records[at % open.records.length]!;
      const cell = (column: string) => record[open.header.indexOf(column)]!;
      const { label } = config;
      const isClick = 'equals' in label && cell(label.column) === label.equals;
      return { values: columns.map(cell), label: Number(isClick), truth: undefined };
    },
  };
}

/** Rows of a model that was trained elsewhere: they are scored as its encoding says, and none is at hand. */
export function fileSource(name: string, schema: DatasetSchema, encoding: Encoding | undefined): Source {
  const encoder = encoding && createEncoder(encoding);
  const columns = encoder && [...schema.dense, ...encoder.featureColumns];
  return {
    name,
    schema,
    baseRate: encoding?.baseRate ?? 0.5,
    encoding,
    dataset: undefined,
    description: { source: 'file', name },
    encode: async (values) =>
      encoder
        ? encoder.encode([Object.fromEntries(columns!.map((column, i) => [column, values[i]!]))])
        : encodeRow({ schema }, values),
    sample: async () => undefined,
  };
}
